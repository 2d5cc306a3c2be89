import GRDB

/// Why the store could not do what was asked. Nothing that was stored before is lost by any of these.
public enum StoreError: Error, Hashable, Sendable {
    /// The disk is full.
    case full
    /// The file or its folder can't be opened or written.
    case notWritable
    /// Another process holds the file.
    case locked
    /// The file is damaged or is no store of this version.
    case damaged
    /// The operating system reported an I/O error.
    case inputOutput
    /// Any other SQLite result code.
    case failed(code: Int32)
    /// A commit erred and the file can't be asked what became of it: neither approved nor declined.
    case outcomeUnknown
    /// The payment is not in the state that the step needs.
    case wrongState
    /// The payment's reference is known with other content (ALL-8).
    case referenceReused
    /// The tables could not be brought up to this version: the store forwards what it holds and decides nothing.
    case notCurrent

    init(_ error: any Error) {
        guard let error = error as? DatabaseError else {
            self = (error as? StoreError) ?? .failed(code: -1)
            return
        }
        self =
            switch error.resultCode {
            case .SQLITE_FULL: .full
            case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH: .notWritable
            case .SQLITE_BUSY, .SQLITE_LOCKED: .locked
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: .damaged
            case .SQLITE_IOERR: .inputOutput
            default: .failed(code: error.extendedResultCode.rawValue)
            }
    }

    /// A sentence for the technician.
    public var remedy: String {
        switch self {
        case .full: "the disk is full: free space, the daemon goes on by itself"
        case .notWritable: "the store's file or folder can't be written: check its owner, mode and mount"
        case .locked: "another process holds the store: stop it (no sqlite3 on the live file)"
        case .damaged: "the store's file is damaged: keep it and call support"
        case .inputOutput: "the disk reports errors: replace it, keep the file"
        case .failed(let code): "SQLite answered \(code)"
        case .outcomeUnknown: "the disk erred during a commit: check it; the payment is looked up when it answers again"
        case .wrongState: "the payment was closed already"
        case .referenceReused: "the reference belongs to another payment"
        case .notCurrent:
            "the store is of another version and could not be brought to this one: no payments are taken, waiting records are"
                + " still forwarded; keep the file, install the version that wrote it, or call support"
        }
    }
}
