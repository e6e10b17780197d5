import Glibc

/// The variables of this process.
package enum ProcessEnvironment {
    /// All variables as they stand now; one whose bytes are no UTF-8 is left out.
    package static func all() -> [String: String] {
        var variables: [String: String] = [:]
        guard var entry = unsafe Optional(environ) else { return [:] }
        while let text = unsafe entry.pointee {
            unsafe entry += 1
            guard let variable = unsafe String(validatingCString: text),
                let mark = variable.utf8.firstIndex(of: UInt8(ascii: "="))
            else {
                continue
            }
            variables[String(variable[..<mark])] = String(variable[variable.utf8.index(after: mark)...])
        }
        return variables
    }
}
