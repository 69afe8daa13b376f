using System.Text.Json.Serialization;

namespace Siamese.Pipelines.Tests.Faces;

/// <summary>The reference outputs of Data/faces/expected.json.</summary>
internal sealed record FaceExpectations(
    Dictionary<string, float[]> Descriptors,
    Dictionary<string, FaceExpectations.Detection> Detections,
    Dictionary<string, FaceExpectations.SsdOutput> Ssd,
    Dictionary<string, float[]> Landmarks68,
    FaceExpectations.WholeChain Chain)
{
    public sealed record Detection(float Score, float[] Box, float[][] Landmarks);

    public sealed record SsdOutput(int[] Place, int Index, float Score, float[] Box, [property: JsonPropertyName("above_0.5")] int Above, [property: JsonPropertyName("score_sum")] float ScoreSum);

    public sealed record WholeChain(Dictionary<string, Face> Faces, Pair[] Distances);

    public sealed record Face(float Score, float[] Box, float[][] Points);

    public sealed record Pair(string A, string B, bool Same, float Euclidean);
}
