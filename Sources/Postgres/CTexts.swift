internal import Glibc

/// Texts lent to C.
enum CTexts {
    /// Lends texts as a C array that ends in NULL; they hold no NUL.
    static func lend<Result>(
        _ texts: [String],
        _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        let copies = unsafe texts.map { unsafe strdup($0) }
        defer { for index in texts.indices { unsafe free(copies[index]) } }
        let pointers = unsafe copies.map { unsafe UnsafePointer($0) } + [nil]
        return unsafe pointers.withUnsafeBufferPointer { buffer in
            // An array that holds its NULL has an address.
            guard let base = buffer.baseAddress else { preconditionFailure("an array with an element has no address") }
            return unsafe body(base)
        }
    }
}
