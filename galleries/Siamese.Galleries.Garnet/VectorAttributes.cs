using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Galleries.Garnet;

/// <summary>What Garnet's filter can ask of a vector: hashes of label and metadata, since its expressions cannot name every text.</summary>
/// <remarks>Two texts of one hash pass alike; whoever reads the items looks at the texts themselves.</remarks>
internal static class VectorAttributes
{
    // Garnet takes at most 64 texts in brackets and 128 tokens in all; it finds nothing where there are more, and says nothing.
    private const int MostLabels = 50;
    private const int MostMetadata = 8;

    public static string Of(GalleryItem item)
    {
        var json = new StringBuilder("{\"label\":\"").Append(Hash(item.Label)).Append('"');
        foreach ((string key, string value) in item.Metadata)
        {
            json.Append(",\"m").Append(Hash(key)).Append("\":\"").Append(Hash(value)).Append('"');
        }

        return json.Append('}').ToString();
    }

    /// <summary>Gives the expression of a filter, or of as much of it as an expression can say; null for nothing.</summary>
    public static string? Expression(GalleryFilter? filter)
    {
        if (filter is null)
        {
            return null;
        }

        List<string> terms = [.. filter.Metadata.Take(MostMetadata).Select(wanted => $".m{Hash(wanted.Key)} == \"{Hash(wanted.Value)}\"")];
        if (filter.Labels is { Count: <= MostLabels } labels)
        {
            terms.Add($".label in [{string.Join(", ", labels.Select(label => $"\"{Hash(label)}\""))}]");
        }

        return terms.Count == 0 ? null : string.Join(" and ", terms);
    }

    private static string Hash(string text) => XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(text)).ToString("x16", CultureInfo.InvariantCulture);
}
