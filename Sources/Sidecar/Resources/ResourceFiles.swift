import FoundationEssentials

/// Where resource and secret files are read.
package protocol ResourceFiles: Sendable {
    /// The names in a folder, sorted; `nil` when there is no such folder.
    func names(in folder: String) -> [String]?
    /// A file's bytes; `nil` when it cannot be read.
    func bytes(of path: String) -> [UInt8]?
}

/// The machine's own files.
package struct LocalFiles: ResourceFiles {
    /// Creates access to the machine's files.
    package init() {}

    package func names(in folder: String) -> [String]? {
        // An unreadable folder is reported by the caller, who knows what it was for.
        try? FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    package func bytes(of path: String) -> [UInt8]? {
        FileManager.default.contents(atPath: path).map { Array($0) }
    }
}
