// dotnet tool restore
// dotnet cake --target=Restore|Build|Test|Samples|Pack|Consumer [--configuration=Debug]

string target = Argument("target", "Default");
string configuration = Argument("configuration", "Release");

const string Solution = "Siamese.sln";
DirectoryPath packages = Directory("artifacts/packages");
DirectoryPath consumed = Directory("artifacts/consumer");

Task("Restore")
    .Does(() => DotNetRestore(Solution));

Task("Build")
    .IsDependentOn("Restore")
    .Does(() => DotNetBuild(Solution, new DotNetBuildSettings { Configuration = configuration, NoRestore = true }));

Task("Test")
    .IsDependentOn("Build")
    .Does(() => DotNetTest(Solution, new DotNetTestSettings { Configuration = configuration, NoBuild = true }));

Task("Samples")
    .Description("Runs the sample that trains, saves and scores, on the digits that the repository ships.")
    .Does(() => DotNetRun("samples/DigitRecognizer", new DotNetRunSettings { Configuration = configuration }));

Task("Pack")
    .Description("Makes the packages and their symbols; the assemblies are the same bytes wherever they are built.")
    .Does(() =>
{
    CleanDirectory(packages);
    foreach (string project in new[] { "Siamese.Pipelines", "onnx/Siamese.Training", "galleries/Siamese.Galleries.Garnet", "galleries/Siamese.Galleries.Postgres" })
    {
        DotNetPack(project, new DotNetPackSettings
        {
            Configuration = configuration,
            OutputDirectory = packages,
            MSBuildSettings = new DotNetMSBuildSettings().WithProperty("ContinuousIntegrationBuild", "true"),
        });
    }
});

Task("Consumer")
    .Description("Runs a program that knows the project by its package alone.")
    .IsDependentOn("Pack")
    .Does(() =>
{
    // Else a copy unpacked from an earlier package of the same version would be taken for this one.
    CleanDirectory(consumed);
    DotNetRun("samples/PackageConsumer", new DotNetRunSettings { Configuration = configuration });
    if (!DirectoryExists(consumed.Combine("packages/siamese.pipelines")))
    {
        throw new CakeException("The consumer took Siamese.Pipelines from the user's package folder. Remove siamese.pipelines there.");
    }
});

Task("Default")
    .IsDependentOn("Test");

RunTarget(target);
