/// Why a text is not a fault plan.
package struct FaultPlanError: Error, Equatable, Sendable {
    /// The file, or the name that the text was given instead.
    package var file: String
    /// The line, from 1; 0 for the file as a whole.
    package var line: Int
    /// What is wrong there.
    package var reason: Reason

    /// What can be wrong with a line.
    package enum Reason: Equatable, Sendable {
        /// The file cannot be read, or is not UTF-8.
        case unreadable
        /// A quote is not closed, or an escape is unknown.
        case brokenQuote
        /// The seed is not a whole number, or a second one is given.
        case badSeed
        /// The line has no `->` followed by an action.
        case noAction
        /// A word in the place of an operation names none.
        case unknownOperation(String)
        /// A condition is unknown, or given twice.
        case unknownCondition(String)
        /// A condition has an impossible value.
        case badCondition(String, value: String)
        /// An action is unknown, or has unusable arguments.
        case badAction(String)
        /// An action cannot apply to the operations of its rule.
        case wrongAction(String, operations: Set<FaultOperation>)
    }
}

extension FaultPlanError: CustomStringConvertible {
    /// The place, what is wrong and what could stand there, in one line.
    package var description: String { (line == 0 ? file : "\(file):\(line)") + ": \(reason)" }
}

extension FaultPlanError.Reason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreadable: "the fault plan cannot be read, or is no UTF-8"
        case .brokenQuote: #"a quote is not closed, or holds an escape other than \" \\ \n \r \t"#
        case .badSeed: "a plan has one line \"seed N\", with N from 0 to 18446744073709551615"
        case .noAction:
            "a rule has the form: operation condition=value -> action, such as state.transact key=log:* attempt=1 -> lose"
        case .unknownOperation(let word):
            "there is no operation \"\(word)\"; there are "
                + FaultOperation.allCases.map(\.rawValue).joined(separator: ", ")
                + ", families such as state.*, and * for all"
        case .unknownCondition(let name):
            "\"\(name)\" is no condition, or given twice; there are " + FaultCondition.forms.joined(separator: ", ")
        case .badCondition(let name, let value):
            "\(name)=\(value) cannot be; write "
                + (FaultCondition(rawValue: name).map(\.form) ?? FaultCondition.forms.joined(separator: ", "))
        case .badAction(let text):
            "\"\(text)\" is no action; there are " + FaultCondition.actionForms.joined(separator: ", ")
        case .wrongAction(let action, let operations):
            "\(action) can befall \(FaultOperation.text(operations)) only"
        }
    }
}

/// The conditions of a rule.
enum FaultCondition: String, CaseIterable {
    case component
    case key
    case topic
    case attempt
    case every
    case match
    case chance

    /// The syntax of the condition, for messages.
    var form: String {
        switch self {
        case .component, .key, .topic: "\(rawValue)=PATTERN (with * and ?)"
        case .attempt, .match: "\(rawValue)=N, N-M or N- (from 1)"
        case .every: "every=N (from 1)"
        case .chance: "chance=P (from 0 to 1)"
        }
    }

    static let forms = allCases.map(\.form)

    /// The syntax of the actions, for messages.
    static let actionForms = [
        "refuse", "cut", "lose", "fail STATUS [ERROR_CODE] (400 to 599)", "delay TIME (such as 50ms)", "late TIME",
        "repeat", "duplicate [N]", "reorder [N] (N from 1 to \(FaultAction.most))", "omit", "restart [before|after]",
    ]
}
