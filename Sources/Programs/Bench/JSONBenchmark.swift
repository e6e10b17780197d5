import DaprJSON
import Foundation

extension Benchmark {
    /// G9: what it costs to read an order of 280 bytes and to write an answer of 435, beside Foundation's coders.
    static let json = Benchmark(
        title: "CPU of reading 280 bytes of JSON and writing 435, beside Foundation's coders",
        goals: ["G9", "G9-codable"]
    ) {
        let ways = ["direct", "codable", "foundation"]
        var costs: [[Double]] = ways.map { _ in [] }
        for _ in 0..<12 {
            for (index, way) in ways.enumerated() {
                costs[index].append(try await figure("bench", ["--as", "json", way]))
            }
            let figures = zip(ways, costs).map { "\($0) \(hundredths($1.last ?? .nan)) us" }
            say(figures.joined(separator: ", "))
        }
        let quartiles = costs.map(lowerQuartile)
        return [
            Outcome(name: "G9", value: quartiles[2] / quartiles[0], relation: .atLeast, bound: 8),
            Outcome(name: "G9-codable", value: quartiles[2] / quartiles[1], relation: .atLeast, bound: 3),
        ]
    }
}

/// The order that is read, and what is written for it.
struct JSONExchange: Codable, Equatable {
    struct Item: Codable, Equatable {
        var sku: String
        var title: String
        var quantity: Int
        var price: Double
    }

    struct Customer: Codable, Equatable {
        var id: String
        var name: String
        var isNew: Bool
    }

    var id: String
    var customer: Customer
    var items: [Item]
    var note: String?
    var total: Double?
    var status: String?
    var links: [String]?

    static let order = Array(
        (#"{"id":"019aa5c4-7b1e-7c3a-9d42-5f0e8a6b1c2d","customer":{"id":"c-4711","name":"Ann Example","isNew":false},"#
            + #""items":[{"sku":"tea-1","title":"Green tea, 100 g","quantity":2,"price":4.5},"#
            + #"{"sku":"pot-7","title":"Teapot of cast iron","quantity":1,"price":39.9}],"note":"leave at the door"}"#)
            .utf8
    )

    /// What is answered to an order.
    var answer: JSONExchange {
        var answer = self
        answer.total = 48.9
        answer.status = "accepted"
        answer.links = [
            "https://orders.example.com/orders/019aa5c4-7b1e-7c3a-9d42-5f0e8a6b1c2d",
            "https://orders.example.com/customers/c-4711",
        ]
        return answer
    }

    /// The CPU microseconds of reading the order and writing the answer once.
    static func cost(_ way: String) throws -> Double {
        let once: () throws -> Int
        switch way {
        case "direct": once = { try JSONExchange(direct: order).answer.direct().count }
        case "codable":
            once = { try JSONCoding.encode(JSONCoding.decode(JSONExchange.self, from: order).answer).count }
        case "foundation":
            let data = Data(order)
            once = { try JSONEncoder().encode(JSONDecoder().decode(JSONExchange.self, from: data).answer).count }
        default: throw BenchmarkError.unreadable(way)
        }
        for _ in 0..<2000 { _ = try once() }
        let before = cpuMicroseconds()
        var count = 0
        var bytes = 0
        while cpuMicroseconds() - before < 300_000 {
            for _ in 0..<500 { bytes &+= try once() }
            count += 500
        }
        guard bytes >= 435 * count else { throw BenchmarkError.unreadable("an answer of \(bytes / count) bytes") }
        return (cpuMicroseconds() - before) / Double(count)
    }
}

extension JSONExchange {
    /// Reads the bytes into a tree and takes the fields.
    init(direct bytes: [UInt8]) throws {
        let value = try JSONValue(parsing: bytes)
        guard let id = value["id"]?.stringValue, let customer = value["customer"],
            let customerID = customer["id"]?.stringValue, let name = customer["name"]?.stringValue,
            let isNew = customer["isNew"]?.boolValue, let items = value["items"]?.arrayValue
        else { throw BenchmarkError.unreadable("an order") }
        self.init(
            id: id,
            customer: Customer(id: customerID, name: name, isNew: isNew),
            items: try items.map { item in
                guard let sku = item["sku"]?.stringValue, let title = item["title"]?.stringValue,
                    let quantity = item["quantity"]?.intValue, let price = item["price"]?.doubleValue
                else { throw BenchmarkError.unreadable("an item") }
                return Item(sku: sku, title: title, quantity: quantity, price: price)
            },
            note: value["note"]?.stringValue
        )
    }

    /// Writes the fields as bytes.
    func direct() -> [UInt8] {
        var json = JSONWriter(capacity: 512)
        json.beginObject()
        json.key("id")
        json.string(id)
        json.key("customer")
        json.beginObject()
        json.key("id")
        json.string(customer.id)
        json.key("name")
        json.string(customer.name)
        json.key("isNew")
        json.bool(customer.isNew)
        json.endObject()
        json.key("items")
        json.beginArray()
        for item in items {
            json.beginObject()
            json.key("sku")
            json.string(item.sku)
            json.key("title")
            json.string(item.title)
            json.key("quantity")
            json.integer(item.quantity)
            json.key("price")
            json.double(item.price)
            json.endObject()
        }
        json.endArray()
        for (key, text) in [("note", note), ("status", status)] {
            guard let text else { continue }
            json.key(key)
            json.string(text)
        }
        if let total {
            json.key("total")
            json.double(total)
        }
        if let links {
            json.key("links")
            json.beginArray()
            for link in links { json.string(link) }
            json.endArray()
        }
        json.endObject()
        return json.bytes
    }
}
