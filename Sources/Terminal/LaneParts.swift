import Core
import Crypto
import EMV
import Foundation
import Logging
import Programmes
import SmartCard
import Store
import Tags
import Workers

extension Lane {
    /// What a lane works with; made once at the start.
    public struct Parts: Sendable {
        public var name: String
        public var store: PaymentStore
        public var storeThread: WorkerThread
        public var programmes: [Programme]
        public var pseudonymKey: SymmetricKey
        /// The host's as it is now; the one that the parts are made with, unless it is replaced.
        public var sealingKey: @Sendable () -> Curve25519.KeyAgreement.PublicKey
        public var caKeys: CAPublicKeyStore
        public var clock: SystemClock
        public var country: UInt16
        public var timeZone: TimeZone
        /// Whether a card that lies on the reader since an earlier payment, or since before the reader was there, may pay without
        /// being presented anew: for benches and self-tests without hands, never for payers (CARD-17).
        public var takesLyingCard: Bool
        /// What closed-loop tags are made with as it is now, those in use first; empty: none are taken.
        public var tags: @Sendable () -> [ClosedLoopProfile] = { [] }
        /// The lane's reader as it is now; nil while there is none.
        public var reader: @Sendable () -> (any CardReader)?
        public var host: HostConnection
        public var logger: Logger
        /// The reader's limits for cards.
        public var limits = ReaderConfiguration()
        /// How the lane lets time pass, such as that for which Entry Point wants the field off.
        public var pause: @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }
        /// Who watches the lane's taps.
        public var traces = TapTraces()

        public init(
            name: String, store: PaymentStore, storeThread: WorkerThread, programmes: [Programme],
            pseudonymKey: SymmetricKey, sealingKey: Curve25519.KeyAgreement.PublicKey, caKeys: CAPublicKeyStore,
            clock: SystemClock, country: UInt16, timeZone: TimeZone, takesLyingCard: Bool = false,
            reader: @escaping @Sendable () -> (any CardReader)?,
            host: HostConnection, logger: Logger
        ) {
            self.name = name
            self.store = store
            self.storeThread = storeThread
            self.programmes = programmes
            self.pseudonymKey = pseudonymKey
            self.sealingKey = { sealingKey }
            self.caKeys = caKeys
            self.clock = clock
            self.country = country
            self.timeZone = timeZone
            self.takesLyingCard = takesLyingCard
            self.reader = reader
            self.host = host
            self.logger = logger
        }
    }
}
