/// What a setting's value may be: how it is read from text or JSON, and how it is written for people.
package struct SettingKind<Value: Sendable>: Sendable {
    /// What help and faults call it: `integer from 0 to 65535`.
    let typeName: String
    /// Whether its flag stands without a value.
    let isSwitch: Bool
    /// Reads a value; `nil` when the input is none of this kind.
    let read: @Sendable (SettingInput) -> Value?
    /// The value as one would type it.
    let text: @Sendable (Value) -> String

    fileprivate init(
        _ typeName: String,
        isSwitch: Bool = false,
        read: @escaping @Sendable (SettingInput) -> Value?,
        text: @escaping @Sendable (Value) -> String
    ) {
        self.typeName = typeName
        self.isSwitch = isSwitch
        self.read = read
        self.text = text
    }

    /// The same kind, where the value may be absent.
    func optional() -> SettingKind<Value?> {
        SettingKind<Value?>(
            typeName,
            isSwitch: isSwitch,
            read: { input in read(input).map(Optional.some) },
            text: { value in value.map(text) ?? "none" }
        )
    }
}

/// What was given for a setting, before it has a type.
enum SettingInput: Sendable {
    /// The texts of a flag, in order, or the one text of a variable.
    case texts([String])
    case fileString(String)
    case fileInteger(Int)
    /// A number with a fraction.
    case fileNumber(Double)
    case fileBool(Bool)
    case fileList([String])

    /// The text, when text was given; of a repeated flag the last.
    fileprivate var text: String? {
        switch self {
        case .texts(let texts): texts.last
        case .fileString(let text): text
        case .fileInteger, .fileNumber, .fileBool, .fileList: nil
        }
    }
}

extension SettingKind where Value == String {
    /// Any text.
    package static let string = SettingKind("text", read: \.text, text: \.self)

    /// Any text but an empty one.
    package static let nonEmptyString = SettingKind(
        "text",
        read: { input in input.text.flatMap { $0.isEmpty ? nil : $0 } },
        text: \.self
    )
}

extension SettingKind where Value == Int {
    /// A whole number within a range.
    package static func integer(_ range: ClosedRange<Int> = Int.min...Int.max) -> Self {
        SettingKind(
            "integer" + rangeText(range, of: Int.min...Int.max, text: String.init),
            read: { input in
                let number =
                    switch input {
                    case .texts(let texts): texts.last.flatMap { Int($0) }
                    case .fileInteger(let number): number
                    case .fileString, .fileNumber, .fileBool, .fileList: Int?.none
                    }
                return number.flatMap { range.contains($0) ? $0 : nil }
            },
            text: String.init
        )
    }
}

extension SettingKind where Value == Double {
    /// A share of a whole: `0`, `0.25`, `1`.
    package static let fraction = SettingKind(
        "number from 0 to 1",
        read: { input in
            let number =
                switch input {
                case .fileInteger(let number): Double(number)
                case .fileNumber(let number): number
                case .texts, .fileString: input.text.flatMap { Double($0) }
                case .fileBool, .fileList: Double?.none
                }
            return number.flatMap { (0...1).contains($0) ? $0 : nil }
        },
        text: { $0 == $0.rounded() ? String(Int($0)) : $0.description }
    )
}

extension SettingKind where Value == Bool {
    /// Yes or no; in text also `1`, `0`, `yes`, `no`, `on` and `off`.
    package static let boolean = SettingKind(
        "true or false",
        isSwitch: true,
        read: { input in
            switch input {
            case .texts(let texts): texts.last.flatMap(truth)
            case .fileBool(let flag): flag
            case .fileString, .fileInteger, .fileNumber, .fileList: nil
            }
        },
        text: String.init
    )

    private static func truth(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "t", "1", "yes", "on": true
        case "false", "f", "0", "no", "off": false
        default: nil
        }
    }
}

extension SettingKind where Value == Duration {
    /// A length of time within a range, as Go writes it: `30s`, `5m`, `500ms`, `1h30m`.
    package static func duration(_ range: ClosedRange<Duration> = .zero...(.goLongest)) -> Self {
        SettingKind(
            "duration" + rangeText(range, of: .zero...(.goLongest), text: \.goText),
            read: { input in
                input.text.flatMap { Duration(goText: $0) }.flatMap { range.contains($0) ? $0 : nil }
            },
            text: \.goText
        )
    }
}

extension SettingKind where Value == ByteCount {
    /// A number of bytes within a range, as Kubernetes writes it: `4Mi`, `64Ki`, `1500`.
    package static func byteCount(_ range: ClosedRange<ByteCount> = .zero...ByteCount(.max)) -> Self {
        SettingKind(
            "size" + rangeText(range, of: .zero...ByteCount(.max), text: \.text),
            read: { input in
                let count =
                    if case .fileInteger(let number) = input { ByteCount(number) } else {
                        input.text.flatMap(ByteCount.init(parsing:))
                    }
                return count.flatMap { range.contains($0) ? $0 : nil }
            },
            text: \.text
        )
    }
}

extension SettingKind where Value == [String] {
    /// Several texts: the flag may be repeated, and commas part them.
    package static let list = SettingKind(
        "list",
        read: { input in
            switch input {
            case .texts(let texts): texts.flatMap { $0.split(separator: ",").map(String.init) }
            case .fileList(let texts): texts
            case .fileString, .fileInteger, .fileNumber, .fileBool: nil
            }
        },
        text: { $0.isEmpty ? "none" : $0.joined(separator: ",") }
    )

    /// Several texts that may hold commas: the flag may be repeated, and each is taken as it is.
    package static let repeated = SettingKind(
        "texts",
        read: { input in
            switch input {
            case .texts(let texts): texts
            case .fileString(let text): [text]
            case .fileList(let texts): texts
            case .fileInteger, .fileNumber, .fileBool: nil
            }
        },
        text: { $0.isEmpty ? "none" : $0.joined(separator: " ") }
    )
}

extension SettingKind where Value: RawRepresentable<String> & CaseIterable {
    /// One of the words of an enumeration.
    package static var choice: Self {
        SettingKind(
            Value.allCases.map(\.rawValue).joined(separator: "|"),
            read: { input in input.text.flatMap(Value.init(rawValue:)) },
            text: \.rawValue
        )
    }
}

/// ` from 0 to 65535`, or less where an end is the end of the type.
private func rangeText<Bound: Comparable>(
    _ range: ClosedRange<Bound>,
    of whole: ClosedRange<Bound>,
    text: (Bound) -> String
) -> String {
    let from = range.lowerBound == whole.lowerBound ? "" : " from \(text(range.lowerBound))"
    let through = range.upperBound == whole.upperBound ? "" : " to \(text(range.upperBound))"
    return range.lowerBound == whole.lowerBound && !through.isEmpty ? " up\(through)" : from + through
}
