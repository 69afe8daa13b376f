using System.Text;
using Siamese.Pipelines;

namespace Siamese.Galleries.Postgres;

/// <summary>What PostgreSQL can hold of a text, and how it is quoted.</summary>
internal static class PostgresText
{
    // An entry of a B-tree takes at most a third of a page of 8 kB: 2,704 bytes with its header.
    public const int GreatestKey = 2048;

    private const int GreatestIdentifier = 63;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static string CheckIdentifier(string value, string name)
    {
        Guard.NotBlank(value, name);
        return Bytes(value) is > 0 and <= GreatestIdentifier
            ? value
            : throw new ArgumentException(
                $"{name} is '{value}', but a name in PostgreSQL is text of at most {GreatestIdentifier} bytes of UTF-8.", name);
    }

    /// <summary>Checks a text that an index holds.</summary>
    public static string CheckKey(string value, string what, string parameter)
    {
        CheckText(value, what, parameter);
        return Bytes(value) <= GreatestKey
            ? value
            : throw new ArgumentException(
                $"{what} has {Bytes(value)} bytes of UTF-8, but at most {GreatestKey} can be kept in an index of PostgreSQL. Shorten it.", parameter);
    }

    public static void CheckText(string value, string what, string parameter)
    {
        if (!IsText(value))
        {
            throw new ArgumentException(
                $"{what} holds U+0000 or half of a surrogate pair, which PostgreSQL cannot keep. Leave the character out.", parameter);
        }
    }

    /// <summary>Tells whether PostgreSQL can hold a text, and so whether one may be there.</summary>
    public static bool IsText(string value) => Bytes(value) >= 0;

    public static string Quote(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>Counts the bytes of a text; -1 for one that is no text to PostgreSQL.</summary>
    private static int Bytes(string value)
    {
        try
        {
            return value.Contains('\0', StringComparison.Ordinal) ? -1 : Strict.GetByteCount(value);
        }
        catch (EncoderFallbackException)
        {
            return -1;
        }
    }
}
