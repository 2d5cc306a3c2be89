/// A language of the cashier.
public enum Language: String, Sendable, Codable, CaseIterable {
    case english = "en", finnish = "fi", swedish = "sv"
}

/// The cashier's sentence in the three languages of the rule book (ALL-1).
public struct Sentence: Sendable, Hashable, Codable {
    public let english: String
    public let finnish: String
    public let swedish: String

    public init(_ english: String, _ finnish: String, _ swedish: String) {
        self.english = english
        self.finnish = finnish
        self.swedish = swedish
    }

    public subscript(language: Language) -> String {
        switch language {
        case .english: english
        case .finnish: finnish
        case .swedish: swedish
        }
    }
}
