/// Text of a protocol is bytes: paths, keys, values of headers, cursors, topics.
///
/// Swift's own operations on strings see characters. A slash with a combining mark behind it is one character and no slash, a sign that Unicode
/// holds for equivalent to `;` or `K` is one, and whoever else reads the text sees neither so. A rule in `ArchitectureTests` asks for these.
extension StringProtocol where SubSequence == Substring {
    /// Whether the text begins with the bytes of another.
    @inlinable
    package func hasBytePrefix(_ prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }

    /// Whether the text ends with the bytes of another.
    @inlinable
    package func hasByteSuffix(_ suffix: String) -> Bool {
        self[startIndex...].utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
    }

    /// Whether an ASCII character stands anywhere.
    @inlinable
    package func containsByte(_ mark: Unicode.Scalar) -> Bool { utf8.contains(UInt8(ascii: mark)) }

    /// What stands before the first of an ASCII character; all when there is none.
    @inlinable
    package func prefix(beforeByte mark: Unicode.Scalar) -> Substring {
        let mark = UInt8(ascii: mark)
        return Substring(self[startIndex...].utf8.prefix { $0 != mark })
    }

    /// What is left without some bytes at the beginning, and some at the end, that are whole characters.
    @inlinable
    package func droppingBytes(_ first: Int, last: Int = 0) -> Substring {
        Substring(self[startIndex...].utf8.dropFirst(first).dropLast(last))
    }

    /// The parts between the ASCII characters of one kind, as `split` has them.
    @inlinable
    package func splitBytes(
        separator: Unicode.Scalar,
        maxSplits: Int = .max,
        omittingEmptySubsequences: Bool = true
    ) -> [Substring] {
        self[startIndex...].utf8.split(
            separator: UInt8(ascii: separator),
            maxSplits: maxSplits,
            omittingEmptySubsequences: omittingEmptySubsequences
        ).map { Substring($0) }
    }

    /// Without the spaces and tabs at both ends.
    package func trimmingBlanks() -> String {
        var bytes = self[startIndex...].utf8
        while let first = bytes.first, first == 0x20 || first == 0x09 { bytes.removeFirst() }
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
        return String(Substring(bytes))
    }
}
