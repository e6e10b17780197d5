package import Dapr

/// The pub/sub component and the topics of the service.
package struct TopicNames: Sendable {
    package var pubsub: PubSubName
    /// The topic to which changes are published.
    package var tasks: TopicName
    /// The topic to which others send commands.
    package var commands: TopicName

    package init(pubsub: PubSubName, tasks: TopicName, commands: TopicName) {
        self.pubsub = pubsub
        self.tasks = tasks
        self.commands = commands
    }

    /// The topic for messages that were dropped from `topic`.
    func deadLetters(of topic: TopicName) -> TopicName { TopicName(topic.rawValue + "-dead") }
}
