// Mutation testing of one folder of Siamese.Pipelines by the tests of the folder of that name:
//   dotnet run -c Release --project Siamese.Pipelines.Tests/Mutation -- Rejection [--sample 60] [--seed 1] [--tests <folder of the built tests>]
// Each mutant is one small fault. The faults are compiled together into one library, and switched on one at a time in a process that runs the
// tests: a mutant that no test notices is printed.
using Siamese.Mutation;

if (args is ["worker", var folder, ..])
{
    return Worker.Run(folder);
}

if (args.Length == 0 || args[0].StartsWith('-') || args.Length % 2 == 0)
{
    Console.Error.WriteLine("Usage: Siamese.Mutation <folder of Siamese.Pipelines> [--sample <mutants>] [--seed <number>] [--tests <folder of the built tests>]");
    return 2;
}

string root = Repository.Find();
string? Option(string name) => Array.IndexOf(args, name) is > 0 and int at ? args[at + 1] : null;
string tests = Option("--tests") ?? Path.Combine(root, "Siamese.Pipelines.Tests", "bin", "Release", "net10.0");
int sample = int.Parse(Option("--sample") ?? "1000000", System.Globalization.CultureInfo.InvariantCulture);
int seed = int.Parse(Option("--seed") ?? "1", System.Globalization.CultureInfo.InvariantCulture);
return new MutationRun(root, args[0], tests).Execute(sample, seed);
