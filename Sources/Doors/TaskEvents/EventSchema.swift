import DaprJSON
import WebFront

/// The JSON schemas of the sidecar's calls and their answers.
enum EventSchema {
    static let subscriptions: JSONValue = .object([
        "type": "array",
        "items": Schema.object(
            [
                "pubsubname": ["type": "string"], "topic": ["type": "string"], "route": ["type": "string"],
                "deadLetterTopic": ["type": "string"], "bulkSubscribe": ["type": "object"],
                "metadata": ["type": "object"],
            ],
            required: ["pubsubname", "topic"],
            closed: false
        ),
    ])

    static let cloudEvent = Schema.object(
        [
            "id": ["type": "string"], "source": ["type": "string"], "type": ["type": "string"],
            "specversion": ["type": "string"], "data": .object([:]),
            "entries": .object(["type": "array", "items": entry, "description": "The events of a bulk delivery."]),
        ],
        closed: false,
        description: "A CloudEvent in the structured JSON mode, as Dapr delivers it; or many, in a bulk delivery."
    )

    static let eventAnswer = Schema.object(
        [
            "status": answerWord,
            "statuses": .object([
                "type": "array",
                "items": Schema.object(
                    ["entryId": ["type": "string"], "status": answerWord],
                    required: ["entryId", "status"],
                    closed: false
                ),
                "description": "An answer for each entry of a bulk delivery.",
            ]),
        ],
        closed: false
    )

    private static let entry = Schema.object(
        ["entryId": ["type": "string"], "event": .object([:])],
        required: ["entryId", "event"],
        closed: false
    )

    private static let answerWord: JSONValue = ["enum": ["SUCCESS", "RETRY", "DROP"]]
}
