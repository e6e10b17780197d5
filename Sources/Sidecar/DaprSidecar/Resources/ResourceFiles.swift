import FoundationEssentials

/// The source of resource and secret files.
package protocol ResourceFiles: Sendable {
    /// The names in a folder, sorted; `nil` when the folder does not exist.
    func names(in folder: String) -> [String]?
    /// A file's bytes; `nil` when it cannot be read.
    func bytes(of path: String) -> [UInt8]?
}

/// The machine's own files.
package struct LocalFiles: ResourceFiles {
    /// Creates access to the machine's files.
    package init() {}

    package func names(in folder: String) -> [String]? {
        // The caller reports an unreadable folder, because it knows what the folder is for.
        try? FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    package func bytes(of path: String) -> [UInt8]? {
        FileManager.default.contents(atPath: path).map { Array($0) }
    }
}
