using System.Text.Json;
using System.Text.Json.Serialization;
using Siamese.Samples.Shared;

namespace Siamese.Samples.FaceRetrieval;

/// <summary>All that a run measured, as metrics.json holds it.</summary>
internal sealed record FaceMetrics(FacesFound Faces, IReadOnlyList<EmbedderMetrics> Embedders, double Seconds)
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public void Save(string path) => OutputFolder.Write(path, JsonSerializer.Serialize(this, Format));
}
