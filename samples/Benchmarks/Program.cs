using Siamese.Samples.Benchmarks;
using Spectre.Console;

// Each benchmark sets a part of the library against its named peer, in turn and in one run, and prints medians and their ratio:
// machines are shared and noisy, and a ratio of neighbours in time holds when the speed drifts.
AnsiConsole.Profile.Width = 120;
string[] known = ["scoring", "training", "projection", "gallery"];
string[] wanted = args.Length == 0 ? known : args;
if (wanted.Except(known).Any())
{
    Console.Error.WriteLine($"Benchmarks [{string.Join("] [", known)}]: '{wanted.Except(known).First()}' is none of them.");
    return 2;
}

if (wanted.Contains("scoring"))
{
    ScoringBenchmark.Run();
}

if (wanted.Contains("training"))
{
    TrainingBenchmark.Run();
}

if (wanted.Contains("projection"))
{
    ProjectionBenchmark.Run();
}

if (wanted.Contains("gallery"))
{
    GalleryBenchmark.Run();
}

return 0;
