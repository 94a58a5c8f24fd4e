import Pipeline
import YAML

/// A campaign as its manifest says it, names and expressions not yet resolved.
///
/// What could not be read is missing or nil here and was reported; the rest is looked at all the same.
struct Campaign: Sendable {
    var name: String?
    /// The provider of every step that names none.
    var provider: Located<String>?
    /// Whether one was written, readable or not.
    var hasProvider = false
    var providers: [ProviderSettings] = []
    var budgets: [Located<BudgetSetting>] = []
    var variables: [Variable] = []
    /// Names of environment variables that expressions may read.
    var environment: [Located<String>] = []
    /// In the order of the file.
    var steps: [Step] = []
}

/// Something with the place it was written at.
struct Located<Content: Sendable>: Sendable {
    let content: Content
    let place: SourcePlace

    init(_ content: Content, at place: SourcePlace) {
        self.content = content
        self.place = place
    }
}

/// One entry of `providers`.
struct ProviderSettings: Sendable {
    let name: Located<String>
    /// The built-in definition it lies over, where that has another name.
    let definition: Located<String>?
    /// What is laid over the definition, a mapping; nil where the entry could not be read.
    let overlay: Node?
    /// `key_env`: the environment's name of this account's key, where it has one of its own.
    var keyVariable: Located<String>?
}

/// One entry of `vars`.
struct Variable: Sendable {
    let name: Located<String>
    /// Nil where its expression could not be read.
    let value: ValueTemplate?
}

/// One step.
struct Step: Sendable {
    let name: Located<String>
    /// Nil where it is missing or unknown.
    var operation: Operation?
    var provider: Located<String>?
    var hasProvider = false
    /// Whether nothing of it could be read, which was reported.
    var isUnreadable = false
    var parameters: [Parameter] = []
    /// Whether there are more that could not be read, which was reported.
    var hasUnknownParameters = false
    var fanOut: FanOutTemplate?
    var condition: Located<TextTemplate?>?
    var needs: [Located<String>] = []
    var save: Located<TextTemplate?>?
    var timeout: Duration
    var onFailure: FailurePolicy
    var retry: RetryPolicy
    /// `pick: manual`: a person chooses which of its outputs go on.
    var isPicked = false

    /// Every place of the step that holds expressions, and what may be said there.
    var templates: [(template: TextTemplate, position: ExpressionPosition)] {
        var all: [(template: TextTemplate, position: ExpressionPosition)] = []
        if let template = condition?.content { all.append((template, .condition)) }
        for template in fanOut?.templates ?? [] { all.append((template, .fanOut)) }
        for template in fanOut?.inputs.compactMap(\.path) ?? [] { all.append((template, .inputPath)) }
        for parameter in parameters {
            for template in parameter.value?.templates ?? [] { all.append((template, .parameter)) }
        }
        if let template = save?.content { all.append((template, .save)) }
        return all
    }

    /// The steps whose outputs any of its expressions refers to.
    var referredSteps: Set<String> { Set(templates.flatMap { $0.template.referredSteps }) }
}

/// One entry of a step's `with`.
struct Parameter: Sendable {
    let name: Located<String>
    /// Nil where an expression in it could not be read.
    let value: ValueTemplate?
    let place: SourcePlace
}

/// A step's `for_each`.
enum FanOutTemplate: Sendable {
    /// One instance an element.
    case items(ValueTemplate)
    /// One instance a combination.
    case axes(AxesTemplate)
    /// Could not be read.
    case unreadable

    var templates: [TextTemplate] {
        switch self {
        case .items(let value): value.templates
        case .axes(let axes):
            axes.axes.flatMap { $0.values?.templates ?? [] }
                + (axes.exclude + axes.include).flatMap { $0.members.flatMap { $0.value.templates } }
        case .unreadable: []
        }
    }

    /// What gives the elements: the one list, or each axis.
    var sources: [ValueTemplate] {
        switch self {
        case .items(let value): [value]
        case .axes(let axes): axes.axes.compactMap(\.values)
        case .unreadable: []
        }
    }

    /// The name of a CSV file and the pattern of files, where there are any.
    var inputs: [FileInput] {
        guard case .axes(let template) = self else { return [] }
        return template.dimensions.compactMap { if case .file(let input) = $0 { input } else { nil } }
    }
}

/// `csv: products.csv` or `glob: assets/*.png`: files that a step fans out over.
struct FileInput: Sendable {
    enum Kind: Sendable {
        /// Columns become axes.
        /// - Parameter delimiter: nil to find out from the header.
        case csv(delimiter: Character?)
        /// Paths become items.
        case glob
    }

    let kind: Kind
    /// Nil where its expression could not be read.
    let path: TextTemplate?
    let place: SourcePlace
}

/// Axes, the rows of a CSV file, the files of a pattern, with what is left out of, and added to, their combinations.
struct AxesTemplate: Sendable {
    struct Axis: Sendable {
        let name: Located<String>
        /// Nil where an expression in it could not be read.
        let values: ValueTemplate?
    }

    /// What varies as a whole.
    enum Dimension: Sendable {
        case axis(Axis)
        case file(FileInput)
    }

    struct Combination: Sendable {
        struct Member: Sendable {
            let name: Located<String>
            let value: ValueTemplate
        }

        let members: [Member]
        let place: SourcePlace
    }

    /// In the order of the text: the first varies slowest.
    var dimensions: [Dimension] = []
    var exclude: [Combination] = []
    var include: [Combination] = []

    /// Those written out; the columns of a CSV file are axes too, but known only once it was read.
    var axes: [Axis] { dimensions.compactMap { if case .axis(let axis) = $0 { axis } else { nil } } }
}

/// Where an expression stands, which decides what it may refer to.
enum ExpressionPosition: Sendable {
    case variable
    case condition
    case fanOut
    /// The name of a CSV file or a pattern of files.
    case inputPath
    case parameter
    case save

    /// How the position is called in messages.
    var title: String {
        switch self {
        case .variable: "`vars`"
        case .condition: "`if`"
        case .fanOut: "`for_each`"
        case .inputPath: "the name of a file"
        case .parameter: "`with`"
        case .save: "`save`"
        }
    }
}

/// One entry of `budget`; the provider by the name the manifest gives it, nil for all.
struct BudgetSetting: Sendable {
    let provider: String?
    let limit: Money
}
