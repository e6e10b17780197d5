import DaprText

extension FilterTerm {
    /// The questions of which one is to be answered by yes; for `!=`, none.
    func tests(in context: FilterContext) -> [FilterTest] {
        switch field {
        case .status: [.status(wordBits)]
        case .priority: [.priority(wordBits)]
        case .completed: values.map { .status($0 == .flag(true) ? Self.done : ~Self.done) }
        case .version: values.map { Self.version($0, comparison) }
        case .due: values.map { $0 == .null ? .hasNoDue : .due(range(of: $0, context)) }
        case .createdAt: values.map { .created(range(of: $0, context).times) }
        case .updatedAt: values.map { .updated(range(of: $0, context).times) }
        case .title: values.map { text($0, .never, { .title($0) }, { .titleContains($0) }) }
        case .description:
            values.map { text($0, .hasNoDescription, { .description($0) }, { .descriptionContains($0) }) }
        case .tag: values.map { text($0, .hasNoTag, { .tag($0) }, { .tagContains($0) }) }
        }
    }

    /// The bit of the status that is completed: the last.
    private static let done: UInt8 = 1 << UInt8(FilterField.status.words.count - 1)

    /// The bits of the words that compare with one of the values as the operator says.
    private var wordBits: UInt8 {
        var bits: UInt8 = 0
        for case .word(let value) in values {
            for place in field.words.indices {
                let isMeant =
                    switch comparison {
                    case .less: place < value
                    case .atMost: place <= value
                    case .greater: place > value
                    case .atLeast: place >= value
                    case .equal, .notEqual, .contains, .has, .isAmong: place == value
                    }
                if isMeant { bits |= 1 << UInt8(place) }
            }
        }
        return bits
    }

    private static func version(_ value: FilterValue, _ comparison: FilterOperator) -> FilterTest {
        guard case .integer(let value) = value else { return .never }
        return switch comparison {
        // What is smaller than the smallest is none; versions are far from both ends.
        case .less: value == .min ? .never : .version(.min...value - 1)
        case .atMost: .version(.min...value)
        case .greater: value == .max ? .never : .version(value + 1 ... .max)
        case .atLeast: .version(value ... .max)
        case .equal, .notEqual, .contains, .has, .isAmong: .version(value...value)
        }
    }

    private func range(of value: FilterValue, _ context: FilterContext) -> DateRange {
        DateRange(of: value, in: context).compared(by: comparison)
    }

    private func text(
        _ value: FilterValue,
        _ none: FilterTest,
        _ equal: (String) -> FilterTest,
        _ contains: (Needle) -> FilterTest
    ) -> FilterTest {
        guard case .text(let text) = value else { return value == .null ? none : .never }
        guard comparison == .contains else { return equal(text.text) }
        return Needle(folding: text.text).map(contains) ?? .never
    }
}
