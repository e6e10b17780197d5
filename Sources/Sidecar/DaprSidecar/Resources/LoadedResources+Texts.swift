extension LoadedResources {
    /// Reads resources from YAML texts, for tests.
    ///
    /// - Throws: The first error, in a file called `resources/1.yaml` for the first text.
    package init(yaml texts: String...) throws(ComponentError) {
        try self.init(yaml: texts)
    }

    /// Reads resources that stand in texts of YAML, as files of one folder.
    ///
    /// - Throws: The first fault, in a file called `resources/1.yaml` for the first text.
    package init(yaml texts: [String]) throws(ComponentError) {
        self = try ComponentLoader.load(folders: [GivenFiles.folder], files: GivenFiles(texts: texts))
    }

    /// The components that `dapr init` sets up, in memory: a state store `statestore` and a pub/sub component `pubsub`.
    package static let inMemory: LoadedResources = {
        var resources = LoadedResources()
        resources.components = [("statestore", "state.in-memory"), ("pubsub", "pubsub.in-memory")].map { name, type in
            ComponentDefinition(name: name, type: type, version: "v1")
        }
        return resources
    }()
}

private struct GivenFiles: ResourceFiles {
    static let folder = "resources"
    let texts: [String]

    func names(in folder: String) -> [String]? { texts.indices.map { "\($0 + 1).yaml" } }

    func bytes(of path: String) -> [UInt8]? {
        let index = texts.indices.first { path == "\(Self.folder)/\($0 + 1).yaml" }
        return index.map { Array(texts[$0].utf8) }
    }
}
