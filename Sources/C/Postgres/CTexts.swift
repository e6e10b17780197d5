internal import Glibc

/// Lends texts to C.
enum CTexts {
    /// Lends texts as a NULL-terminated C array; they must not contain NUL.
    static func lend<Result>(
        _ texts: [String],
        _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        let copies = unsafe texts.map { unsafe strdup($0) }
        defer { for index in texts.indices { unsafe free(copies[index]) } }
        let pointers = unsafe copies.map { unsafe UnsafePointer($0) } + [nil]
        return unsafe pointers.withUnsafeBufferPointer { buffer in
            // The array has at least one element, its NULL, and so has an address.
            guard let base = buffer.baseAddress else { preconditionFailure("an array with an element has no address") }
            return unsafe body(base)
        }
    }
}
