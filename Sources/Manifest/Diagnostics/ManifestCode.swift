/// The codes of the problems this target finds. A code keeps its meaning for ever and is never reused.
package enum ManifestCode {
    // FB11xx: structure

    /// A key the manifest does not know.
    static let unknownKey = "FB1101"
    /// A key that has to be there is not.
    static let missingKey = "FB1102"
    /// A value of another type than the key takes.
    static let wrongType = "FB1103"
    /// A manifest version this program does not read.
    static let unsupportedVersion = "FB1104"
    /// Part of the manifest language, but not of this version of the program.
    static let notSupported = "FB1105"
    /// A campaign's name that is no slug.
    static let badCampaignName = "FB1106"
    /// A name of a step, variable or axis that expressions could not refer to.
    static let badName = "FB1107"
    /// A text that is no duration.
    static let badDuration = "FB1108"
    /// A text that is no amount of money.
    static let badAmount = "FB1109"
    /// A word that is none of those a key takes.
    static let badChoice = "FB1110"
    /// A number outside what a key takes.
    static let outOfRange = "FB1111"
    /// A name of an environment variable that may hold a secret, or that is no such name.
    static let refusedEnvironmentName = "FB1112"
    /// A key without a value.
    static let emptyValue = "FB1113"

    // FB12xx: names, references and expressions

    /// `${{` without its `}}`.
    static let unterminatedExpression = "FB1201"
    /// An expression that does not follow the grammar.
    static let syntax = "FB1202"
    /// An expression that is too long or nested too deeply.
    static let expressionTooLarge = "FB1203"
    /// A name that expressions do not know.
    static let unknownName = "FB1204"
    /// A variable that `vars` does not define.
    static let unknownVariable = "FB1205"
    /// A variable of the environment that `env` does not list.
    static let environmentNotListed = "FB1206"
    /// A variable of the environment that was listed, but not allowed on the command line.
    static let environmentNotGiven = "FB1207"
    /// A step that does not exist.
    static let unknownStep = "FB1208"
    /// An output that the step does not have.
    static let unknownOutput = "FB1209"
    /// An axis that the step does not have.
    static let unknownAxis = "FB1210"
    /// A pipe that expressions do not know.
    static let unknownPipe = "FB1211"
    /// A pipe with too many or too few arguments.
    static let wrongPipeArguments = "FB1212"
    /// An operand or input of a type that the operator or pipe does not take.
    static let wrongOperand = "FB1213"
    /// A singular reference to a step with none or several outputs.
    static let notExactlyOneOutput = "FB1214"
    /// An expression, or a name in it, where it has no meaning yet.
    static let notAllowedHere = "FB1215"
    /// A picture or clip in the middle of a text.
    static let mediaInText = "FB1216"
    /// A provider that neither is built in nor defined.
    static let unknownProvider = "FB1217"
    /// An operation that does not exist.
    static let unknownOperation = "FB1218"
    /// A variable that has no value.
    static let variableWithoutValue = "FB1219"
    /// A variable set on the command line that `vars` does not define.
    static let unknownVariableOnCommandLine = "FB1220"
    /// A member that a mapping does not have.
    static let unknownMember = "FB1221"
    /// A condition that is neither true nor false.
    static let conditionIsNotBoolean = "FB1222"
    /// A value that could not be worked out, where nothing else says why.
    static let unresolved = "FB1223"
    /// A variable of the environment that was allowed on the command line, but is not set.
    static let environmentNotSet = "FB1224"
    /// A variable of the environment that the command line allows and `env` does not list.
    static let environmentAllowedNotListed = "FB1225"
    /// What other tools take for an expression: `{{ vars.product }}`, `${vars.product}`.
    static let otherExpressionMark = "FB1226"
    /// A variable of the environment that is listed and set, but not allowed on the command line: a warning.
    static let environmentHeldBack = "FB1227"

    // FB139x: parameters that only the manifest can judge

    /// A media parameter whose value is no path, URL or output.
    static let notMedia = "FB1391"
    /// A URL that is not `https`.
    static let insecureURL = "FB1392"
    /// An output of another kind than the parameter takes.
    static let wrongMediaKind = "FB1393"

    // FB14xx: fan-out and graph

    /// Steps that wait for each other.
    static let cycle = "FB1401"
    /// More instances than the limit.
    static let tooManyInstances = "FB1402"
    /// A fan-out that is no list.
    static let notAList = "FB1403"
    /// A fan-out over nothing.
    static let emptyFanOut = "FB1404"
    /// Two axes of one name.
    static let axisClash = "FB1405"
    /// An `include` or `exclude` entry that does not fit the axes.
    static let badCombination = "FB1406"
    /// An `exclude` entry that drops nothing.
    static let excludesNothing = "FB1407"
    /// More connections between instances than the limit.
    static let tooManyConnections = "FB1408"
    /// An `include` entry that is there already.
    static let repeatedCombination = "FB1409"
    /// Two providers of a campaign that are one account.
    static let accountClash = "FB1410"
    /// Two accounts of a campaign whose keys are one variable: a warning.
    static let sharedKey = "FB1420"
    /// A variable that a campaign may not take a key from.
    static let keyVariable = "FB1421"
    /// More axes than a step may have.
    static let tooManyAxes = "FB1411"

    // FB15xx: output paths

    /// A path that leaves the output folder or that some file system does not take.
    static let badPath = "FB1501"
    /// Two outputs with one path.
    static let pathClash = "FB1502"
    /// A path that is a folder of another.
    static let pathIsFolder = "FB1503"
    /// A file name extension of another kind of file.
    static let wrongExtension = "FB1504"

    // FB16xx: files

    /// An input file that is not there.
    package static let missingFile = "FB1601"
    /// An input file that cannot be read.
    static let unreadableFile = "FB1602"
    /// A CSV file that is none: its size, encoding or quotes.
    static let badTable = "FB1603"
    /// A CSV file whose header cannot name axes.
    static let badTableHeader = "FB1604"
    /// A row of a CSV file with more or fewer cells than its header.
    static let badTableRow = "FB1605"
    /// A CSV file or file pattern outside the manifest's folder.
    static let inputOutside = "FB1606"
    /// A file pattern that cannot be read.
    static let badPattern = "FB1607"
    /// A file pattern that no file fits.
    static let noFileMatches = "FB1608"
    /// A file pattern that looks at too many files or folders.
    static let patternTooWide = "FB1609"

    // FB17xx: limits and money

    /// More text than the limit.
    static let tooMuchText = "FB1701"
    /// A budget in a unit that nothing of the campaign is priced in.
    static let budgetUnitUnused = "FB1702"
    /// More problems than are shown.
    static let tooManyProblems = "FB1703"
    /// One job that makes more images than the daily cap allows.
    static let jobOverDailyCap = "FB1704"
}
