using System.Globalization;
using Siamese.Pipelines.Images;
using static TorchSharp.torch;

namespace Siamese.Training.Runs;

/// <summary>All values that determine the result of a run, each under the name of its option.</summary>
internal sealed class RunRecipe
{
    private readonly List<(string Name, string Value)> _entries;

    private RunRecipe(List<(string Name, string Value)> entries) => _entries = entries;

    public static RunRecipe Create(TripletNetworkOptions options, TrainingRows rows, nn.Module network) => new(
    [
        ("Data", string.Create(CultureInfo.InvariantCulture, $"{rows.Labels.Length} images of {rows.Classes.Count} classes, fingerprint {rows.Fingerprint}")),
        (nameof(options.Input), Describe(rows.Input)),
        (nameof(options.Network), FieldDescription.Of(network)),
        (nameof(options.Dimension), Invariant(options.Dimension)),
        (nameof(options.Normalize), $"{options.Normalize}"),
        (nameof(options.Distance), PartDescription.Of(options.Distance, nameof(options.Distance))),
        (nameof(options.Miner), PartDescription.Of(options.Miner, nameof(options.Miner))),
        (nameof(options.Loss), PartDescription.Of(options.EffectiveLoss, nameof(options.Loss))),
        (nameof(options.Sampler), PartDescription.Of(options.Sampler, nameof(options.Sampler))),
        (nameof(options.Epochs), Invariant(options.Epochs)),
        (nameof(options.StepsPerEpoch), Invariant(options.StepsPerEpoch)),
        (nameof(options.Augmentation), options.Augmentation?.ToString() ?? "none"),
        (nameof(options.Optimizer), $"{options.Optimizer}"),
        (nameof(options.LearningRate), Invariant(options.LearningRate)),
        (nameof(options.Schedule), PartDescription.Of(options.Schedule, nameof(options.Schedule))),
        (nameof(options.WeightDecay), Invariant(options.WeightDecay)),
        (nameof(options.WeightAveraging), Invariant(options.WeightAveraging)),
        (nameof(options.ValidationFraction), Invariant(options.ValidationFraction)),
        (nameof(options.EarlyStoppingPatience), Invariant(options.EarlyStoppingPatience)),
        (nameof(options.Seed), Invariant(options.Seed)),
    ]);

    public static RunRecipe Read(BinaryReader reader)
    {
        var entries = new List<(string Name, string Value)>();
        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            entries.Add((reader.ReadString(), reader.ReadString()));
        }

        return new RunRecipe(entries);
    }

    public void Write(BinaryWriter writer)
    {
        writer.Write(_entries.Count);
        foreach ((string name, string value) in _entries)
        {
            writer.Write(name);
            writer.Write(value);
        }
    }

    /// <summary>Lists the options whose values differ from those of a file; empty if all are equal.</summary>
    public IEnumerable<string> DifferencesFrom(RunRecipe file)
    {
        Dictionary<string, string> theirs = file._entries.DistinctBy(entry => entry.Name).ToDictionary(entry => entry.Name, entry => entry.Value);
        foreach ((string name, string value) in _entries)
        {
            if (!theirs.TryGetValue(name, out string? other))
            {
                yield return $"{name} is missing in the file";
            }
            else if (other != value)
            {
                (string there, string here) = FirstDifference(other, value);
                yield return $"{name} was {there} and is {here}";
            }
        }
    }

    /// <summary>Gets the first lines that differ.</summary>
    private static (string There, string Here) FirstDifference(string there, string here)
    {
        string[] a = there.Split('\n');
        string[] b = here.Split('\n');
        int line = 0;
        while (line < a.Length && line < b.Length && a[line] == b[line])
        {
            line++;
        }

        return (line < a.Length ? $"[{a[line]}]" : "[nothing more]", line < b.Length ? $"[{b[line]}]" : "[nothing more]");
    }

    private static string Describe(ImageInput input) => string.Create(
        CultureInfo.InvariantCulture,
        $"{input.Width}x{input.Height} {input.ColorOrder}, mean {string.Join(' ', input.Mean.Select(Invariant))}, scale {string.Join(' ', input.Scale.Select(Invariant))}");

    private static string Invariant<T>(T value) => value is IFormattable number ? number.ToString(null, CultureInfo.InvariantCulture) : "none";
}
