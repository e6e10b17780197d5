package import DaprText

/// The inputs, besides its definition, with which a component is opened.
package struct ComponentContext: Sendable {
    /// The application's identifier, which is also the consumer group of a broker unless `consumerID` names another.
    package var appID: String
    /// The environment of the sidecar.
    package var environment: [ExactText: String]
    /// The source of files.
    package var files: any ResourceFiles
    /// Time, identifiers, randomness and waiting.
    package var surroundings: Surroundings

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
