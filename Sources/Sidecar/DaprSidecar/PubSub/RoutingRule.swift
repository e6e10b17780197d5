internal import DaprCEL
internal import DaprJSON

/// The condition of a route.
package protocol RoutingRule: Sendable {
    /// Whether an event, given as the JSON of its envelope, matches the rule.
    func matches(event: [UInt8]) throws(RoutingRuleError) -> Bool
}

/// Why a rule cannot be used.
package enum RoutingRuleError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The text is not an expression.
    case unreadable(String)
    /// The event lacks something that the expression needs.
    case unevaluable(String)

    package var description: String {
        switch self {
        case .unreadable(let reason): "the rule cannot be read: \(reason)"
        case .unevaluable(let reason): "the rule cannot be evaluated: \(reason)"
        }
    }
}

/// Rules in the Common Expression Language, over the variable `event`.
package struct CELRule: RoutingRule {
    private let expression: CELExpression

    /// Parses a rule.
    package init(_ text: String) throws(RoutingRuleError) {
        do throws(CELError) {
            expression = try CELExpression(parsing: text)
        } catch {
            throw .unreadable("\(error)")
        }
    }

    package func matches(event: [UInt8]) throws(RoutingRuleError) -> Bool {
        let value: CELValue
        do throws(JSONError) {
            value = CELValue(try JSONValue(parsing: event))
        } catch {
            throw .unevaluable("the event is no JSON: \(error)")
        }
        do throws(CELError) {
            return try expression.holds(["event": value])
        } catch {
            throw .unevaluable("\(error)")
        }
    }
}

extension CELValue {
    /// A JSON value as the expression sees it: every number is a double.
    fileprivate init(_ json: JSONValue) {
        switch json {
        case .null: self = .null
        case .bool(let bool): self = .bool(bool)
        case .number(let number): self = .double(number.doubleValue)
        case .string(let string): self = .string(string)
        case .array(let elements): self = .list(elements.map { CELValue($0) })
        case .object(let object):
            var map = CELMap()
            for (name, value) in object { map[name] = CELValue(value) }
            self = .map(map)
        }
    }
}
