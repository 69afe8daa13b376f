using System.Globalization;

namespace Siamese.Pipelines.Tests.Fuzzing;

/// <summary>The process that reads the inputs, and may die of one. Writes a line before each input, and one for each exception that is not documented.</summary>
internal static class FuzzChild
{
    public const string Command = "fuzz";
    public const char Begins = '>';
    public const char Finds = '!';

    /// <summary>Runs <c>fuzz TARGET FIRST COUNT</c>.</summary>
    public static void Run(string[] arguments)
    {
        FuzzTarget target = FuzzTargets.Find(arguments[1]);
        int first = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        int count = int.Parse(arguments[3], CultureInfo.InvariantCulture);
        string folder = Directory.CreateTempSubdirectory("siamese-fuzz-").FullName;
        using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true, NewLine = "\n" };
        try
        {
            // What the libraries log must not be taken for a line of this program.
            Console.SetOut(TextWriter.Null);
            _ = target.Seeds;
            for (int number = first; number < first + count; number++)
            {
                byte[] input = target.Input(number);
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Begins}{number}"));
                try
                {
                    target.Read(input, folder);
                }
                catch (Exception exception) when (target.IsDocumented(exception))
                {
                    // As it should be.
                }
                catch (Exception exception)
                {
                    output.WriteLine(string.Create(
                        CultureInfo.InvariantCulture, $"{Finds}{number} {exception.GetType()}: {OneLine(exception.Message)} {Where(exception)}"));
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    private static string Where(Exception exception) => string.Join(
        " < ", (exception.StackTrace ?? "").Split('\n').Take(6).Select(line => line.Trim().Split('(')[0]));
}
