import GRDB

extension PaymentStore {
    /// Checks one of the tables that grow with the queue, which ``open()`` leaves so that a start takes no longer with a long
    /// queue. Nothing is written, and so nothing decided, before all of them are: the first write checks what is left by then.
    /// - Returns: false when none is left.
    /// - Throws: ``StoreError/damaged``; from then on the file is opened only once it is whole.
    public func checkNext() throws(StoreError) -> Bool {
        try run(
            onlyCurrent: false,
            { connection, _ in try connection.commits.alone { try connection.queue.inDatabase(connection.checkNext) } })
    }
}
