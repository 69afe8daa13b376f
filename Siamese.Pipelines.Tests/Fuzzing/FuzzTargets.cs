using Siamese.Pipelines.Tests.Fuzzing.Targets;

namespace Siamese.Pipelines.Tests.Fuzzing;

/// <summary>Finds targets by their names. Each is made when it is needed: one loads libtorch.</summary>
internal static class FuzzTargets
{
    private static readonly Dictionary<string, Func<FuzzTarget>> ByName = new(StringComparer.Ordinal)
    {
        ["images"] = () => new ImageTarget(),
        ["onnx"] = () => new OnnxTarget(),
        ["saved-chains"] = () => new SavedChainTarget(),
        ["galleries"] = () => new GalleryTarget(),
        ["idx"] = () => new IdxTarget(),
        ["keras"] = () => new KerasTarget(),
        ["checkpoints"] = () => new CheckpointTarget(),
        ["pair-lists"] = () => new PairListTarget(),
        ["unchecked-images"] = () => new UncheckedImageTarget(),
        ["planted"] = () => new PlantedTarget(),
    };

    /// <summary>Gets the names of the readers of this library.</summary>
    public static IEnumerable<string> Names => ByName.Keys.Except(["unchecked-images", "planted"]);

    /// <summary>Makes a target.</summary>
    public static FuzzTarget Find(string name) => ByName[name]();
}
