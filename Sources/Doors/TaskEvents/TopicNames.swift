package import Dapr

/// The pub/sub component and the topics that events come from.
package struct TopicNames: Sendable {
    /// The component.
    package var pubsub: PubSubName
    /// Where changes are published.
    package var tasks: TopicName
    /// Where others send commands.
    package var commands: TopicName

    /// Makes names of their parts.
    package init(pubsub: PubSubName, tasks: TopicName, commands: TopicName) {
        self.pubsub = pubsub
        self.tasks = tasks
        self.commands = commands
    }

    /// Where what was dropped from a topic goes.
    func deadLetters(of topic: TopicName) -> TopicName { TopicName(topic.rawValue + "-dead") }
}
