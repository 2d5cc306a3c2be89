/// Why a payment was decided as it was: stable, machine-readable words (ALL-1).
public enum Reason: String, Sendable, Hashable, Codable, CaseIterable {
    // Approvals
    case approvedOnline, approvedOffline
    /// The host was away and may still decline (ALL-7).
    case approvedDeferred
    /// A hold has ended, a purchase was taken back or given back.
    case released, voided, refunded
    // The account
    case insufficientFunds, perTransactionLimit, belowMinimum, dailyCountExceeded, dailyAmountExceeded, expired
    case blocked, lostOrStolen, suspended, notActivated, benefitPaused, benefitEnded, unknownInstrument
    case balanceCapExceeded, programmeNotInForce
    /// The host declined an earlier payment of the instrument that was approved here, and it is still open (ALL-7).
    case unpaidEarlier
    /// Nothing is open of the payment that is to be collected, or not with this instrument.
    case collectionNotDue
    // The purchase
    case merchantNotEnrolled, merchantCategoryNotAllowed, goodsNotAllowed, basketMismatch, cashNotAllowed
    case currencyNotAccepted, exchangeRateUnknown, amountNotPositive, instrumentNotAccepted, useAppInstead
    case verificationRequired
    // Holds and refunds
    case holdNotAllowed, holdExceeded, holdClosed, refundNotAllowed, refundExceedsPurchase, refundOtherMerchant
    case refundNeedsWholeVouchers, unknownPurchase, purchaseChanged
    // Offline
    case onlineRequired, offlineAmountLimit, offlineCountExceeded, offlineAllowanceExceeded
    case terminalExposureExceeded, queueFull, queueTooOld, limitsTooOld, limitsUntrusted, timeUntrusted, selectedForOnline
    // The card's evidence
    case declinedByCard, cardNotAuthentic, cardDataInvalid
    case cardRemoved, tryAnotherInterface, applicationNotSupported
    // Receipts (MOB-1…MOB-6)
    case receiptExpired, receiptNotYetValid, receiptAlreadyUsed, receiptOtherMerchant, receiptOtherAmount
    case identityCheckRequired, stalePresentation, cancellationWindowClosed
    // PIN
    case pinDisabled, pinWrong
    // Loading and redemption at the host (WAL-5, WAL-7)
    case loadBelowMinimum, loadDayExceeded, loadYearExceeded, redemptionBelowMinimum
    // Signing in (POS-1…POS-5)
    case useEmailAddress, signInFailed, signInLocked, passwordChangeRequired, permissionDenied
    // The host
    case declinedByHost, hostOutcomeUnknown
    // The terminal
    case cancelled, timedOut, storeOutcomeUnknown, storeUnavailable, readerUnavailable, interrupted, referenceReused

    /// True for the approvals of a payment.
    public var isApproval: Bool { self == .approvedOnline || self == .approvedOffline || self == .approvedDeferred }
}
