internal import DaprText

/// What may stand in a header, so that no value from outside can add a header of its own (RFC 9110, section 5).
enum HeaderRules {
    /// Whether every name is a token and no value has a control character.
    static func accepts(_ headers: [(name: String, value: String)]) -> Bool {
        headers.allSatisfy { isName($0.name) && isValue($0.value) }
    }

    /// Whether the text is a token: not empty, only letters, digits and the marks RFC 9110 lists.
    static func isName(_ text: String) -> Bool {
        HTTPToken.isToken(text.utf8)
    }

    /// Whether the text has no control character but the tab.
    static func isValue(_ text: String) -> Bool {
        text.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }
    }
}
