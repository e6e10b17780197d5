/// The hash FNV-1a: the same in every process, spreads well, and protects nothing.
///
/// http://www.isthe.com/chongo/tech/comp/fnv/
@usableFromInline
package struct FNV1a<Word: FNVWord>: Hashable, Sendable {
    /// The hash of all that was put in.
    @usableFromInline
    package var value: Word

    @inlinable
    package init() { value = Word.fnvOffset }

    /// Puts a byte in.
    @inlinable
    package mutating func add(_ byte: UInt8) {
        value = (value ^ Word(truncatingIfNeeded: byte)) &* Word.fnvPrime
    }

    /// Puts a text in; two texts in turn are as one of both.
    @inlinable
    package mutating func add(_ text: String) {
        for byte in text.utf8 { add(byte) }
    }
}

/// A word that FNV-1a has constants for.
@usableFromInline
package protocol FNVWord: FixedWidthInteger, UnsignedInteger, Sendable {
    static var fnvOffset: Self { get }
    static var fnvPrime: Self { get }
}

extension UInt64: FNVWord {
    @inlinable
    package static var fnvOffset: UInt64 { 0xCBF2_9CE4_8422_2325 }
    @inlinable
    package static var fnvPrime: UInt64 { 0x0000_0100_0000_01B3 }
}

extension UInt128: FNVWord {
    @inlinable
    package static var fnvOffset: UInt128 { 0x6C62_272E_07BB_0142_62B8_2175_6295_C58D }
    @inlinable
    package static var fnvPrime: UInt128 { 0x0000_0000_0100_0000_0000_0000_0000_013B }
}
