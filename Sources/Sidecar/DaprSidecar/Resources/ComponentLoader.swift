import DaprText
internal import DaprYAML

/// Reads resources folders and the Configuration file.
///
/// It reads every `*.yaml` and `*.yml` of a folder, with any number of documents, and ignores other files. Unlike daprd
/// it refuses a broken file rather than skipping it, unless that is asked for.
package enum ComponentLoader {
    /// Reads all resources.
    ///
    /// - Parameters:
    ///   - folders: The resources folders, in order.
    ///   - configurationFile: The Configuration file; `nil` for none.
    ///   - ignoresBroken: Whether broken resources are skipped, as in daprd, and listed in ``LoadedResources/skipped``.
    ///   - files: The source of the files.
    /// - Returns: The resources, in the order of folders, files and documents.
    /// - Throws: The first error, with its file and line.
    package static func load(
        folders: [String],
        configurationFile: String? = nil,
        ignoresBroken: Bool = false,
        files: any ResourceFiles = LocalFiles()
    ) throws(ComponentError) -> LoadedResources {
        var loaded = LoadedResources()
        let leniency = ignoresBroken ? ResourceNode.Leniency() : nil
        for folder in folders {
            guard let names = files.names(in: folder) else {
                throw ComponentError(
                    place: ResourcePlace(file: folder, line: 0),
                    resource: nil,
                    reason: .unreadable("no such folder")
                )
            }
            for name in names where name.hasByteSuffix(".yaml") || name.hasByteSuffix(".yml") {
                let path = folder.hasByteSuffix("/") ? folder + name : "\(folder)/\(name)"
                do throws(ComponentError) {
                    for var document in try documents(of: path, files) {
                        document.leniency = leniency
                        do throws(ComponentError) {
                            try add(document, to: &loaded)
                        } catch {
                            guard ignoresBroken else { throw error }
                            loaded.skipped.append(error)
                        }
                    }
                } catch {
                    guard ignoresBroken else { throw error }
                    if loaded.skipped.last != error { loaded.skipped.append(error) }
                }
            }
        }
        loaded.skipped += leniency?.ignored ?? []
        if let configurationFile { loaded.configuration = try configuration(configurationFile, files) }
        return loaded
    }

    private static func documents(of path: String, _ files: any ResourceFiles) throws(ComponentError) -> [ResourceNode]
    {
        guard let bytes = files.bytes(of: path) else {
            throw ComponentError(
                place: ResourcePlace(file: path, line: 0),
                resource: nil,
                reason: .unreadable("no such file, or no right to read it")
            )
        }
        do throws(YAMLError) {
            return try YAMLNode.documents(parsing: bytes).filter { !$0.isNull }
                .map { ResourceNode(node: $0, file: path, path: "", resource: nil) }
        } catch {
            throw ComponentError(
                place: ResourcePlace(file: path, line: error.line),
                resource: nil,
                reason: .notYAML("\(error)")
            )
        }
    }

    private static func add(_ document: ResourceNode, to loaded: inout LoadedResources) throws(ComponentError) {
        let (resource, kind) = try header(of: document)
        switch kind {
        case "dapr.io/v1alpha1 Component": loaded.components.append(try ComponentDefinition(resource))
        case "dapr.io/v1alpha1 Subscription":
            loaded.subscriptions.append(try SubscriptionDefinition(resource, hasRoutes: false))
        case "dapr.io/v2alpha1 Subscription":
            loaded.subscriptions.append(try SubscriptionDefinition(resource, hasRoutes: true))
        case "dapr.io/v1alpha1 Resiliency": loaded.resiliencies.append(try ResiliencyDefinition(resource))
        case "dapr.io/v1alpha1 Configuration":
            throw resource.error(
                .unsupportedKind(
                    "a Configuration in a resources folder",
                    supported: ["--config FILE for it, outside the folder"]
                )
            )
        default:
            throw resource.error(
                .unsupportedKind(
                    kind,
                    supported: [
                        "dapr.io/v1alpha1 Component", "dapr.io/v1alpha1 and v2alpha1 Subscription",
                        "dapr.io/v1alpha1 Resiliency",
                    ]
                )
            )
        }
    }

    private static func configuration(
        _ path: String,
        _ files: any ResourceFiles
    ) throws(ComponentError) -> ConfigurationDefinition {
        let documents = try documents(of: path, files)
        guard let document = documents.first else {
            throw ComponentError(
                place: ResourcePlace(file: path, line: 1),
                resource: nil,
                reason: .notAResource("the file is empty")
            )
        }
        let (resource, kind) = try header(of: document)
        guard kind == "dapr.io/v1alpha1 Configuration" else {
            throw resource.error(.unsupportedKind(kind, supported: ["dapr.io/v1alpha1 Configuration"]))
        }
        return try ConfigurationDefinition(resource)
    }

    /// The document with its resource's name, and `apiVersion kind`.
    private static func header(of document: ResourceNode) throws(ComponentError) -> (ResourceNode, String) {
        guard document.node.entries != nil else { throw document.error(.notAResource("the document is no mapping")) }
        guard let version = try document.field("apiVersion"), let kind = try document.field("kind") else {
            throw document.error(.notAResource("apiVersion or kind is missing"))
        }
        let name = try document.field("metadata")?.field("name")
        var resource = document
        resource.resource = try name?.string()
        return (resource, "\(try version.string()) \(try kind.string())")
    }
}
