internal import COpenSSL

/// What libcrypto could not do.
package enum OpenSSLError: Error, Equatable {
    /// A function of libcrypto failed; the reasons are its own, oldest first.
    case failed(operation: String, reasons: [String])
    /// More random bytes were asked for than one call gives.
    case countTooLarge(Int)

    /// The failure of a function, with the reasons that this thread's error queue holds; the queue is empty afterwards.
    static func drained(during operation: String) -> Self {
        var reasons: [String] = []
        while true {
            let code = ERR_get_error()
            guard code != 0 else { return .failed(operation: operation, reasons: reasons) }
            reasons.append(text(of: code))
        }
    }

    private static func text(of code: UInt) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        unsafe ERR_error_string_n(code, &buffer, buffer.count)
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension OpenSSLError: CustomStringConvertible {
    /// What failed; it holds no key and no message.
    package var description: String {
        switch self {
        case .failed(let operation, let reasons):
            "libcrypto's \(operation) failed: "
                + (reasons.isEmpty ? "no reason given" : reasons.joined(separator: "; "))
        case .countTooLarge(let count): "\(count) random bytes are more than libcrypto gives at once"
        }
    }
}
