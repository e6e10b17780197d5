/// Why a text is no fault plan.
package struct FaultPlanError: Error, Equatable, Sendable {
    /// The file, or what else the text was called.
    package var file: String
    /// The line, from 1; 0 for the file as a whole.
    package var line: Int
    /// What is wrong there.
    package var reason: Reason

    /// What can be wrong with a line.
    package enum Reason: Equatable, Sendable {
        /// The file cannot be read, or is no UTF-8.
        case unreadable
        /// A quote is not closed, or an escape unknown.
        case brokenQuote
        /// The seed is no whole number, or given a second time.
        case badSeed
        /// The line has no `->` with an action behind it.
        case noAction
        /// A word where an operation should stand.
        case unknownOperation(String)
        /// A condition that there is not, or one given twice.
        case unknownCondition(String)
        /// A condition with a value it cannot have.
        case badCondition(String, value: String)
        /// An action that there is not, or with what it cannot be given.
        case badAction(String)
        /// An action on something that it cannot befall.
        case wrongAction(String, operations: Set<FaultOperation>)
    }
}

extension FaultPlanError: CustomStringConvertible {
    /// Where, what is wrong and what could stand there, in one line.
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

    /// How it is written.
    var form: String {
        switch self {
        case .component, .key, .topic: "\(rawValue)=PATTERN (with * and ?)"
        case .attempt, .match: "\(rawValue)=N, N-M or N- (from 1)"
        case .every: "every=N (from 1)"
        case .chance: "chance=P (from 0 to 1)"
        }
    }

    static let forms = allCases.map(\.form)

    /// How the actions are written.
    static let actionForms = [
        "refuse", "cut", "lose", "fail STATUS [ERROR_CODE] (400 to 599)", "delay TIME (such as 50ms)", "late TIME",
        "repeat", "duplicate [N]", "reorder [N] (N from 1 to \(FaultAction.most))", "omit", "restart [before|after]",
    ]
}
