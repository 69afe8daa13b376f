namespace Siamese.Pipelines.Tests.Training.Datasets;

/// <summary>Finds the data that tests read.</summary>
internal static class TestData
{
    /// <summary>Gets the folder of digits and clothes that the repository ships.</summary>
    public static string SampleDigits => Path.Combine(Repository(), "samples", "data", "digits");

    /// <summary>Gets a folder of the full data sets; ignores the test where they are not installed.</summary>
    public static string Full(string name)
    {
        string? data = Environment.GetEnvironmentVariable("SIAMESE_DATA");
        if (string.IsNullOrEmpty(data))
        {
            Assert.Ignore($"Set SIAMESE_DATA to a folder that holds '{name}' to run this test.");
        }

        return Path.Combine(data!, name);
    }

    /// <summary>Gets the photographs of a person of the celebrities' <c>train</c> or <c>val</c>, in the order of their names.</summary>
    public static string[] Celebrity(string part, string person) =>
        [.. Directory.GetFiles(Full(Path.Combine("celebrities", "data", part, person))).Order(StringComparer.Ordinal)];

    private static string Repository()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Siamese.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new DirectoryNotFoundException($"No folder above '{AppContext.BaseDirectory}' holds Siamese.sln.");
    }
}
