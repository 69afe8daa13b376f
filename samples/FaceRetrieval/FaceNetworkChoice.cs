using Siamese.Pipelines.Faces;

namespace Siamese.Samples.FaceRetrieval;

/// <summary>Loads the networks that the command line names.</summary>
internal static class FaceNetworkChoice
{
    public const string Ssd = "ssd";

    private static string Models => Path.Combine(AppContext.BaseDirectory, "models");

    /// <summary>Loads a detector: the one that comes with the sample, or a YuNet file.</summary>
    public static FaceDetector LoadDetector(string detector) => detector == Ssd
        ? SsdFaceDetector.Load(Path.Combine(Models, "face-ssd-mobilenetv1.onnx"), Path.Combine(Models, "face-landmark-68.onnx"))
        : YuNetFaceDetector.Load(detector);

    /// <summary>Loads face networks: those named, or the one that comes with the sample.</summary>
    /// <param name="embedders">Files, each with <c>=NETWORK</c> behind it where the file does not say which network it is.</param>
    public static IReadOnlyList<Embedder> LoadEmbedders(IReadOnlyList<string> embedders)
    {
        if (embedders.Count == 0)
        {
            return [new Embedder("face-resnet34-128", FaceNetworks.Dlib.Load(Path.Combine(Models, "face-resnet34-128.onnx")))];
        }

        Embedder[] loaded =
        [
            .. embedders.Select(embedder =>
            {
                int separator = embedder.LastIndexOf('=');
                string path = separator < 0 ? embedder : embedder[..separator];
                FaceNetwork? network = separator < 0 ? null : FaceNetworks.Find(embedder[(separator + 1)..]);
                return new Embedder(Path.GetFileNameWithoutExtension(path), FaceModel.Load(path, network));
            }),
        ];
        string? twice = loaded.GroupBy(embedder => embedder.Name).FirstOrDefault(group => group.Count() > 1)?.Key;
        return twice is null
            ? loaded
            : throw new ArgumentException($"Two of the files of --embedder are called '{twice}', which names them in the report. Rename one.");
    }
}
