/// A decimal number without sign at the start of a text, kept exactly: `1.5` of `1.5h`.
struct DecimalText {
    private static let fractionDigits = 9
    private static let fractionUnit: Int128 = 1_000_000_000

    private let whole: Int128
    private let billionths: Int128

    /// Takes the number off the text; `nil` when there is none, or one of more than 18 digits before or 9 after the point.
    init?(takingFrom text: inout Substring.UTF8View) {
        var whole: Int128 = 0
        var billionths: Int128 = 0
        var wholeDigits = 0
        var fractionDigits = 0
        while let digit = Self.digit(text.first) {
            text.removeFirst()
            whole = whole * 10 + digit
            wholeDigits += 1
            guard wholeDigits <= 18 else { return nil }
        }
        if text.first == UInt8(ascii: ".") {
            text.removeFirst()
            while let digit = Self.digit(text.first) {
                text.removeFirst()
                billionths = billionths * 10 + digit
                fractionDigits += 1
                guard fractionDigits <= Self.fractionDigits else { return nil }
            }
        }
        guard wholeDigits + fractionDigits > 0 else { return nil }
        for _ in fractionDigits..<Self.fractionDigits { billionths *= 10 }
        self.whole = whole
        self.billionths = billionths
    }

    /// The number times a unit; `nil` when that is too large, or no whole number.
    func times(_ unit: Int128) -> Int128? {
        let (product, wholeOverflow) = whole.multipliedReportingOverflow(by: unit)
        let (part, partOverflow) = billionths.multipliedReportingOverflow(by: unit)
        guard !wholeOverflow, !partOverflow, part % Self.fractionUnit == 0 else { return nil }
        let (sum, sumOverflow) = product.addingReportingOverflow(part / Self.fractionUnit)
        return sumOverflow ? nil : sum
    }

    private static func digit(_ byte: UInt8?) -> Int128? {
        guard let byte, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
        return Int128(byte - UInt8(ascii: "0"))
    }
}
