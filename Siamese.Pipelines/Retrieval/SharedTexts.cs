using System.Text;

namespace Siamese.Pipelines.Retrieval;

/// <summary>Makes texts of UTF-8, and one string of all that are equal.</summary>
internal sealed class SharedTexts
{
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);
    private char[] _buffer = new char[64];

    public string Of(ReadOnlySpan<byte> utf8)
    {
        // A byte of UTF-8 is one character at most.
        if (_buffer.Length < utf8.Length)
        {
            _buffer = new char[utf8.Length];
        }

        ReadOnlySpan<char> text = _buffer.AsSpan(0, Encoding.UTF8.GetChars(utf8, _buffer));
        Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> shared = _texts.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!shared.TryGetValue(text, out string? found))
        {
            found = text.ToString();
            _texts.Add(found, found);
        }

        return found;
    }
}
