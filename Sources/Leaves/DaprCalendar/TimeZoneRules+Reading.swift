extension TimeZoneRules {
    /// Where the system keeps its zones.
    private static let folder = "/usr/share/zoneinfo/"

    /// The zone of a name such as `Europe/Berlin`, from the system's files; `nil` when there is none.
    ///
    /// - Parameters:
    ///   - name: The name.
    ///   - read: Gives the bytes of the file at a path.
    /// - Returns: The zone.
    package static func named(_ name: Substring, read: (String) -> [UInt8]?) -> TimeZoneRules? {
        if name.isEmpty || name == "UTC" { return utc }
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"),
                UInt8(ascii: "/"):
                true
            default: false
            }
        }
        guard isPlain, !name.hasPrefix("/"), let bytes = read(folder + name) else { return nil }
        return TimeZoneRules(file: bytes)
    }

    /// Reads a file in the format of RFC 8536 from its second version on; `nil` when it is none.
    package init?(file: [UInt8]) {
        var reader = ZoneReader(bytes: file[...])
        // The first block has 32-bit times and is there for old readers.
        guard let old = reader.header(), old.version >= UInt8(ascii: "2"), reader.skip(old.length(timeSize: 4)),
            let counts = reader.header()
        else { return nil }
        var times: [Int] = []
        for _ in 0..<counts.times {
            guard let time = reader.integer(8) else { return nil }
            times.append(time)
        }
        guard let kinds = reader.take(counts.times) else { return nil }
        var types: [Int] = []
        for _ in 0..<counts.types {
            guard let offset = reader.integer(4), reader.skip(2) else { return nil }
            types.append(offset)
        }
        guard let first = types.first, kinds.allSatisfy({ Int($0) < types.count }),
            types.allSatisfy({ abs($0) < 100_000 }), zip(times, times.dropFirst()).allSatisfy(<),
            reader.skip(counts.names + counts.leaps * 12 + counts.standards + counts.universals)
        else { return nil }
        begins = times
        offsets = kinds.map { types[Int($0)] }
        self.first = first
        let footer = String(decoding: reader.bytes, as: UTF8.self).split(separator: "\n").first ?? ""
        if !footer.isEmpty {
            guard let rule = DaylightRule(footer) else { return nil }
            self.rule = rule
        }
    }
}

/// Takes numbers off the front of a zone's file.
private struct ZoneReader {
    struct Header {
        let version: UInt8
        let universals: Int
        let standards: Int
        let leaps: Int
        let times: Int
        let types: Int
        let names: Int

        func length(timeSize: Int) -> Int {
            times * (timeSize + 1) + types * 6 + names + leaps * (timeSize + 4) + standards + universals
        }
    }

    var bytes: ArraySlice<UInt8>

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count <= bytes.count else { return nil }
        defer { bytes = bytes.dropFirst(count) }
        return bytes.prefix(count)
    }

    mutating func skip(_ count: Int) -> Bool { take(count) != nil }

    /// A signed number, its highest byte first.
    mutating func integer(_ size: Int) -> Int? {
        guard let taken = take(size), let lead = taken.first else { return nil }
        return taken.reduce(lead >= 0x80 ? -1 : 0) { $0 << 8 | Int($1) }
    }

    mutating func header() -> Header? {
        guard let magic = take(4), magic.elementsEqual("TZif".utf8), let version = take(16)?.first else { return nil }
        var counts: [Int] = []
        for _ in 0..<6 {
            guard let count = integer(4), 0...100_000 ~= count else { return nil }
            counts.append(count)
        }
        return Header(
            version: version,
            universals: counts[0],
            standards: counts[1],
            leaps: counts[2],
            times: counts[3],
            types: counts[4],
            names: counts[5]
        )
    }
}

extension DaylightRule {
    /// Reads a POSIX `TZ` text as RFC 8536 extends it; `nil` when it is none.
    init?(_ text: Substring) {
        var rest = text
        guard Self.skipName(&rest), let west = Self.time(&rest) else { return nil }
        standard = -west
        summer = nil
        if rest.isEmpty { return }
        guard Self.skipName(&rest) else { return nil }
        var offset = standard + 3600
        if let next = rest.first, next != "," {
            guard let west = Self.time(&rest) else { return nil }
            offset = -west
        }
        let changes = rest.dropFirst().split(separator: ",")
        guard changes.count == 2, let begin = Change(changes[0]), let end = Change(changes[1]) else { return nil }
        summer = Summer(offset: offset, begin: begin, end: end)
    }

    private static func skipName(_ text: inout Substring) -> Bool {
        if text.first == "<" {
            guard let end = text.firstIndex(of: ">") else { return false }
            text = text[text.index(after: end)...]
            return true
        }
        let rest = text.drop(while: \.isLetter)
        defer { text = rest }
        return rest.startIndex != text.startIndex
    }

    /// Hours, minutes and seconds with a sign, as seconds.
    fileprivate static func time(_ text: inout Substring) -> Int? {
        var sign = 1
        if text.first == "-" || text.first == "+" { sign = text.removeFirst() == "-" ? -1 : 1 }
        let digits = text.prefix { $0.isASCII && $0.isNumber || $0 == ":" }
        text = text.dropFirst(digits.count)
        var seconds = 0
        var scale = 3600
        for part in digits.split(separator: ":", omittingEmptySubsequences: false) {
            guard scale > 0, let number = Int(part), 0...167 ~= number else { return nil }
            seconds += number * scale
            scale /= 60
        }
        return sign * seconds
    }
}

extension DaylightRule.Change {
    /// Reads `M3.5.0/2`, `J60` or `59`.
    fileprivate init?(_ text: Substring) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count == 2 {
            var rest = parts[1]
            guard let time = DaylightRule.time(&rest), rest.isEmpty else { return nil }
            self.time = time
        }
        guard parts.count <= 2, let text = parts.first, let mark = text.first else { return nil }
        switch mark {
        case "M":
            let numbers = text.dropFirst().split(separator: ".").compactMap { Int($0) }
            guard numbers.count == 3, 1...12 ~= numbers[0], 1...5 ~= numbers[1], 0...6 ~= numbers[2] else { return nil }
            day = .weekday(month: numbers[0], week: numbers[1], weekday: numbers[2])
        case "J":
            guard let number = Int(text.dropFirst()), 1...365 ~= number else { return nil }
            day = .julian(number)
        default:
            guard let number = Int(text), 0...365 ~= number else { return nil }
            day = .ordinal(number)
        }
    }
}
