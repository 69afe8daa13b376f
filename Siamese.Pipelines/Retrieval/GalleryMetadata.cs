using System.Text.Json;
using System.Text.Unicode;

namespace Siamese.Pipelines.Retrieval;

/// <summary>The metadata of an item as galleries in a file keep them: a JSON object of texts, whose names rise.</summary>
internal static class GalleryMetadata
{
    /// <summary>Returns whether metadata can be read.</summary>
    /// <param name="utf8">The object in UTF-8; empty where there are no metadata.</param>
    public static bool IsValid(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
        {
            return true;
        }

        if (!Utf8.IsValid(utf8))
        {
            return false;
        }

        var reader = new Utf8JsonReader(utf8);
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && HasTexts(ref reader) && !reader.Read();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not JSON, or an escape of half a character.
            return false;
        }
    }

    private static bool HasTexts(ref Utf8JsonReader reader)
    {
        string? previous = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            if (!reader.Read() || reader.TokenType != JsonTokenType.String || string.CompareOrdinal(previous, name) >= 0)
            {
                return false;
            }

            if (reader.ValueIsEscaped)
            {
                // Throws where an escape is not that of a character.
                _ = reader.GetString();
            }

            previous = name;
        }

        return reader.TokenType == JsonTokenType.EndObject;
    }
}
