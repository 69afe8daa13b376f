using System.Text;
using System.Text.Unicode;
using Siamese.Pipelines.Onnx.Format;

namespace Siamese.Pipelines.Onnx;

/// <summary>Leaves the weights out of the bytes of a model, so that all else can be read without a second copy of them in memory.</summary>
internal static class OnnxModelOutline
{
    // Shapes and other constants that a graph computes with stay.
    private const int MostBytesKept = 4096;

    private const int LengthDelimited = 2;

    /// <summary>Copies a model without the raw data of its large constants.</summary>
    /// <param name="bytes">A model.</param>
    /// <param name="weights">The lengths of what was left out, by the place of the constant among the graph's initializers.</param>
    /// <returns>The bytes of the smaller model; those that were given where they cannot be followed, for the parser to refuse.</returns>
    public static byte[] Of(byte[] bytes, out IReadOnlyDictionary<int, int> weights)
    {
        var left = new Dictionary<int, int>();
        weights = left;
        using var outline = new MemoryStream();
        return TryCopyModel(bytes, outline, left) ? outline.ToArray() : bytes;
    }

    /// <summary>Finds the key of metadata that is not UTF-8, which the parser refuses without a name; null where all of it is.</summary>
    public static string? KeyOfInvalidText(byte[] bytes)
    {
        for (int at = 0; at < bytes.Length && TryRead(bytes, bytes.Length, at, out Field field); at = field.End)
        {
            if (!field.Is(ModelProto.MetadataPropsFieldNumber))
            {
                continue;
            }

            string key = string.Empty;
            bool isValid = true;
            for (int inner = field.Content; inner < field.End && TryRead(bytes, field.End, inner, out Field text); inner = text.End)
            {
                ReadOnlySpan<byte> content = bytes.AsSpan(text.Content, text.End - text.Content);
                isValid &= Utf8.IsValid(content);
                key = text.Is(StringStringEntryProto.KeyFieldNumber) ? Encoding.UTF8.GetString(content) : key;
            }

            if (!isValid)
            {
                return key;
            }
        }

        return null;
    }

    private static bool TryCopyModel(byte[] bytes, MemoryStream outline, Dictionary<int, int> left)
    {
        int tensors = 0;
        for (int at = 0; at < bytes.Length;)
        {
            if (!TryRead(bytes, bytes.Length, at, out Field field))
            {
                return false;
            }

            if (field.Is(ModelProto.GraphFieldNumber))
            {
                using var graph = new MemoryStream();
                if (!TryCopyGraph(bytes, field, graph, left, ref tensors))
                {
                    return false;
                }

                Write(outline, ModelProto.GraphFieldNumber, graph);
            }
            else
            {
                outline.Write(bytes, field.Start, field.End - field.Start);
            }

            at = field.End;
        }

        return true;
    }

    private static bool TryCopyGraph(byte[] bytes, Field graph, MemoryStream outline, Dictionary<int, int> left, ref int tensors)
    {
        for (int at = graph.Content; at < graph.End;)
        {
            if (!TryRead(bytes, graph.End, at, out Field field))
            {
                return false;
            }

            if (!field.Is(GraphProto.InitializerFieldNumber))
            {
                outline.Write(bytes, field.Start, field.End - field.Start);
            }
            else
            {
                using var tensor = new MemoryStream();
                if (!TryCopyTensor(bytes, field, tensor, out int omitted))
                {
                    return false;
                }

                if (omitted > 0)
                {
                    left.Add(tensors, omitted);
                }

                Write(outline, GraphProto.InitializerFieldNumber, tensor);
                tensors++;
            }

            at = field.End;
        }

        return true;
    }

    private static bool TryCopyTensor(byte[] bytes, Field tensor, MemoryStream outline, out int omitted)
    {
        omitted = 0;
        for (int at = tensor.Content; at < tensor.End;)
        {
            if (!TryRead(bytes, tensor.End, at, out Field field))
            {
                return false;
            }

            // Of a field that stands twice, the last counts.
            if (field.Is(TensorProto.RawDataFieldNumber) && field.End - field.Content > MostBytesKept)
            {
                omitted = field.End - field.Content;
            }
            else
            {
                omitted = field.Is(TensorProto.RawDataFieldNumber) ? 0 : omitted;
                outline.Write(bytes, field.Start, field.End - field.Start);
            }

            at = field.End;
        }

        return true;
    }

    private static void Write(MemoryStream outline, int number, MemoryStream content)
    {
        outline.WriteByte((byte)((number << 3) | LengthDelimited));
        ulong length = (ulong)content.Length;
        for (; length >= 0x80; length >>= 7)
        {
            outline.WriteByte((byte)(length | 0x80));
        }

        outline.WriteByte((byte)length);
        content.WriteTo(outline);
    }

    private static bool TryRead(byte[] bytes, int end, int at, out Field field)
    {
        field = default;
        int start = at;
        if (!TryReadNumber(bytes, end, ref at, out ulong tag))
        {
            return false;
        }

        ulong length = 0;
        int content = at;
        switch (tag & 7)
        {
            case 0:
                if (!TryReadNumber(bytes, end, ref at, out _))
                {
                    return false;
                }

                break;
            case 1:
                length = sizeof(ulong);
                break;
            case LengthDelimited:
                if (!TryReadNumber(bytes, end, ref at, out length))
                {
                    return false;
                }

                content = at;
                break;
            case 5:
                length = sizeof(uint);
                break;
            default:
                // Groups, which this format does not have.
                return false;
        }

        if (length > (ulong)(end - at))
        {
            return false;
        }

        field = new Field(tag, start, content, at + (int)length);
        return true;
    }

    private static bool TryReadNumber(byte[] bytes, int end, ref int at, out ulong number)
    {
        number = 0;
        for (int shift = 0; shift < 64 && at < end; shift += 7)
        {
            byte part = bytes[at++];
            number |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return true;
            }
        }

        return false;
    }

    private readonly record struct Field(ulong Tag, int Start, int Content, int End)
    {
        public bool Is(int number) => Tag == (((ulong)number << 3) | LengthDelimited);
    }
}
