using Siamese.Samples.Benchmarks;
using Spectre.Console;

// Each benchmark sets a part of the library against its named peer, in turn and in one run, and prints medians and their ratio:
// machines are shared and noisy, and a ratio of neighbours in time holds when the speed drifts.
AnsiConsole.Profile.Width = 120;
string[] known = ["scoring", "training", "projection", "gallery", "faces"];
string? photographs = args.FirstOrDefault(Directory.Exists);
string[] named = [.. args.Where(arg => arg != photographs)];
string[] wanted = named.Length == 0 ? known : named;
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

if (wanted.Contains("faces") && photographs is not null)
{
    FacesBenchmark.Run(photographs);
}
else if (wanted.Contains("faces"))
{
    Console.Error.WriteLine("Benchmark 'faces' needs a folder of photographs: -- faces FOLDER");
    return named.Length == 0 ? 0 : 2;
}

return 0;
