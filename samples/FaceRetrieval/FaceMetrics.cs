using System.Text.Json;
using System.Text.Json.Serialization;

namespace Siamese.Samples.FaceRetrieval;

/// <summary>All that a run measured, as metrics.json holds it.</summary>
internal sealed record FaceMetrics(FacesFound Faces, IReadOnlyList<EmbedderMetrics> Embedders, double Seconds)
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public void Save(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string temporary = path + ".tmp";
        File.WriteAllText(temporary, JsonSerializer.Serialize(this, Format));
        File.Move(temporary, path, overwrite: true);
    }
}
