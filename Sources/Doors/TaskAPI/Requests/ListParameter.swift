import DaprText
import TaskFilter
import Tasks

/// A parameter of a list.
///
/// A switch over it has no `default`, so the compiler points out every place that a new one needs.
enum ListParameter: String, CaseIterable {
    case status, priority, tag, completed, due
    case search = "q"
    case filter, sort, fields, include, limit, cursor
    case zone = "tz"
    case moment = "as_of"

    /// Whether a list that is asked for with it looks at every task of the owner (docs/api.md, "What lists cost"), or reads the journal.
    var isExpensive: Bool {
        switch self {
        case .status, .priority, .tag, .completed, .due, .search, .filter, .sort, .include, .moment: true
        case .fields, .limit, .cursor, .zone: false
        }
    }

    /// Sets the parameter in `list`, or returns the fault in `value`.
    func set(_ value: String, in list: inout ListRequest, _ zones: TaskZones) -> FieldFault? {
        switch self {
        case .status:
            list.query.status = TaskStatus(rawValue: value)
            return list.query.status == nil ? notOneOf(TaskStatus.allCases.map(\.rawValue)) : nil
        case .priority:
            list.query.priority = TaskPriority(rawValue: value)
            return list.query.priority == nil ? notOneOf(TaskPriority.allCases.map(\.rawValue)) : nil
        case .tag:
            list.query.tag = value
            return nil
        case .completed:
            list.query.completed = ["true": true, "false": false][value]
            return list.query.completed == nil ? notOneOf(["true", "false"]) : nil
        case .due:
            return addFilter(to: &list) { () throws(FilterError) in Filter(try DueShortcut.expression(parsing: value)) }
        case .filter: return addFilter(to: &list) { () throws(FilterError) in try Filter(parsing: value) }
        case .search:
            do throws(SearchError) {
                list.query.search = try SearchQuery(parsing: value)
                return nil
            } catch {
                return FieldFault(rawValue, .invalidSearch, "\(error)")
            }
        case .sort:
            guard let order = TaskOrder(parsing: value) else {
                let names = TaskOrder.Field.allCases.map(\.rawValue).joined(separator: ", ")
                let message =
                    "Give some of \(names), each once, with commas between them and - before one to turn it round."
                return FieldFault(rawValue, .notOneOf, message)
            }
            list.query.order = order
            return nil
        case .fields:
            let names = value.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map {
                ExactText(String(Substring($0)))
            }
            let members = TaskMember.sorted.filter { names.contains(ExactText($0.name)) }
            guard members.count == names.count else { return notSomeOf(TaskMember.sorted.map(\.name)) }
            list.members = members
            return nil
        case .include:
            guard value.utf8.elementsEqual("counts".utf8) else { return notOneOf(["counts"]) }
            list.query.countsByStatus = true
            return nil
        case .limit:
            let limits = TaskQuery.limits
            guard let limit = Int(value), limits.contains(limit) else {
                let message = "Give a number from \(limits.lowerBound) to \(limits.upperBound)."
                return FieldFault(rawValue, .outOfRange, message)
            }
            list.query.limit = limit
            return nil
        case .cursor:
            list.query.cursor = value
            return nil
        case .zone:
            guard let zone = zones.zone(named: value) else { return .unknownZone(rawValue) }
            list.query.zone = zone
            return nil
        case .moment:
            do throws(MomentFault) {
                list.query.moment = try MomentParameter.moment(value, now: list.query.now)
                return nil
            } catch {
                return error.fieldFault
            }
        }
    }

    private func addFilter(
        to list: inout ListRequest,
        _ read: () throws(FilterError) -> Filter
    ) -> FieldFault? {
        do throws(FilterError) {
            list.query.filters.append(try read())
            return nil
        } catch {
            return FieldFault(rawValue, .invalidFilter, "\(error)")
        }
    }

    private func notOneOf(_ names: [String]) -> FieldFault {
        FieldFault(rawValue, .notOneOf, "Give one of \(names.joined(separator: ", ")).")
    }

    private func notSomeOf(_ names: [String]) -> FieldFault {
        FieldFault(rawValue, .notOneOf, "Give some of \(names.joined(separator: ", ")), each once, with commas.")
    }
}
