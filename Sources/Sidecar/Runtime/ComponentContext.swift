package import DaprText

/// What a component is opened with, besides its definition.
package struct ComponentContext: Sendable {
    /// The application's identifier, which is also the consumer group of a broker unless `consumerID` names another.
    package var appID: String
    /// The environment of the sidecar.
    package var environment: [ExactText: String]
    /// Where files are read.
    package var files: any ResourceFiles
    /// Time, identifiers, chance and waiting.
    package var surroundings: Surroundings

    /// Creates a context.
    package init(
        appID: String,
        environment: [ExactText: String] = [:],
        files: any ResourceFiles = LocalFiles(),
        surroundings: Surroundings = Surroundings()
    ) {
        self.appID = appID
        self.environment = environment
        self.files = files
        self.surroundings = surroundings
    }
}
