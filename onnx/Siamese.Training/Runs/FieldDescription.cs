using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace Siamese.Training.Runs;

/// <summary>Writes the values of an object's fields as text, which is equal for objects of equal values.</summary>
/// <remarks>
/// Fields are read without running any code of the object, such as its properties, which may throw. It ends for every object: a reference
/// to an object that was written before is written as a number, and depth and number of values are limited. Large arrays are hashed.
/// </remarks>
internal sealed class FieldDescription
{
    /// <summary>A longer text is cut, and its hash appended.</summary>
    private const int LongestText = 1000;

    /// <summary>An array of more numbers is written as its hash.</summary>
    private const int LongestArray = 16;

    /// <summary>Far more values than settings have.</summary>
    private const int MostValues = 1_000_000;

    private const int DeepestLevel = 200;

    private const int HashedAtOnce = 1 << 30;

    private readonly StringBuilder _text = new();
    private readonly Dictionary<object, int> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<nint> _weights = [];
    private int _values;

    private FieldDescription()
    {
    }

    /// <summary>Describes a part of a recipe.</summary>
    public static string Of(RecipePart part)
    {
        var description = new FieldDescription();
        description._seen.Add(part, 0);
        description.WriteFields(part, part.GetType(), 0);
        return Short(description._text.ToString());
    }

    /// <summary>
    /// Describes a network: its modules with their settings, and the names and shapes of its weights, one a line. The values of weights
    /// are left out, since a checkpoint brings them.
    /// </summary>
    public static string Of(nn.Module network)
    {
        var description = new FieldDescription();
        (string Name, nn.Module Module)[] modules = [("network", network), .. network.named_modules().Select(module => (module.name, module.module))];
        Dictionary<string, Tensor> weights = network.state_dict();
        foreach ((_, nn.Module module) in modules)
        {
            description._seen.TryAdd(module, description._seen.Count);
        }

        foreach (Tensor weight in weights.Values)
        {
            description._weights.Add(weight.Handle);
        }

        var lines = new List<string>();
        foreach ((string name, nn.Module module) in modules)
        {
            description._text.Clear();
            description.WriteFields(module, module.GetType(), 0);
            lines.Add($"{name}: {description._text}");
        }

        lines.AddRange(weights.Select(weight => $"{weight.Key}: {Shape(weight.Value)}{(weight.Value.requires_grad ? string.Empty : ", not trained")}"));

        // Buffers that a checkpoint leaves out are constants of the network.
        foreach ((string name, Tensor buffer) in network.named_buffers().Where(buffer => !weights.ContainsKey(buffer.name)))
        {
            description._text.Clear();
            description.WriteTensor(buffer);
            lines.Add($"{name}: {description._text}");
        }

        return string.Join('\n', lines);
    }

    /// <summary>Cuts a long text and appends the hash of all of it.</summary>
    public static string Short(string text) =>
        text.Length <= LongestText ? text : $"{text[..LongestText]}… {Hex(SHA256.HashData(MemoryMarshal.AsBytes(text.AsSpan())))}";

    private static string Shape(Tensor tensor) => $"({string.Join(", ", tensor.shape)}) {tensor.dtype}";

    private static string Hex(byte[] hash) => Convert.ToHexStringLower(hash)[..16];

    /// <summary>Gets whether a type belongs to .NET or TorchSharp, whose fields are not settings of the caller.</summary>
    private static bool IsOfLibraries(Type type)
    {
        string name = type.Assembly.GetName().Name ?? string.Empty;
        return type.Assembly == typeof(object).Assembly
            || name == nameof(TorchSharp)
            || name.StartsWith("System.", StringComparison.Ordinal)
            || name.StartsWith("Microsoft.", StringComparison.Ordinal);
    }

    private static bool IsCollection(Type type) =>
        type.GetInterfaces().Any(found => found.IsGenericType && found.GetGenericTypeDefinition() == typeof(IReadOnlyCollection<>));

    private static bool DescribesItself(RecipePart part) =>
        part.GetType().GetProperty(nameof(RecipePart.Description))?.GetMethod?.DeclaringType != typeof(RecipePart);

    /// <summary>Gets the fields of a type and of its base types, except those of the base types of this library and of TorchSharp.</summary>
    private static IEnumerable<FieldInfo> Fields(Type type)
    {
        for (Type? owner = type; owner is not null && owner != typeof(RecipePart) && owner != typeof(nn.Module); owner = owner.BaseType)
        {
            foreach (FieldInfo field in owner
                .GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
                .OrderBy(field => field.Name, StringComparer.Ordinal))
            {
                yield return field;
            }
        }
    }

    /// <summary>Gets the name in the source: the compiler calls the field of a property Margin <c>&lt;Margin&gt;k__BackingField</c>.</summary>
    private static string SourceName(FieldInfo field) =>
        field.Name.StartsWith('<') && field.Name.IndexOf('>', StringComparison.Ordinal) is > 1 and int end ? field.Name[1..end] : field.Name;

    private static string NameOf(Type type) =>
        type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>" : type.Name;

    private void WriteFields(object value, Type type, int level)
    {
        _text.Append(NameOf(type));
        bool isFirst = true;
        foreach (FieldInfo field in Fields(type))
        {
            object? content = field.GetValue(value);
            if (value is nn.Module && content is IDictionary { Count: 0 })
            {
                // No hooks are registered.
                continue;
            }

            _text.Append(isFirst ? "(" : ", ").Append(SourceName(field)).Append('=');
            Write(content, level + 1);
            isFirst = false;
        }

        _text.Append(isFirst ? string.Empty : ")");
    }

    private void Write(object? value, int level)
    {
        if (_values++ >= MostValues || level > DeepestLevel || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            _text.Append('…');
            return;
        }

        string? simple = value switch
        {
            null => "none",
            string text => $"'{Short(text)}'",
            float or double or Half => ((IFormattable)value).ToString("R", CultureInfo.InvariantCulture),
            DateTime or DateTimeOffset or DateOnly or TimeOnly => ((IFormattable)value).ToString("O", CultureInfo.InvariantCulture),
            MethodBase method => $"{method.DeclaringType?.FullName}.{method}",
            Type type => type.FullName ?? type.Name,

            // Addresses differ from process to process.
            nint or nuint or Pointer => NameOf(value.GetType()),
            bool or char or Uri or Version => Short(value.ToString()!),
            Enum or decimal or TimeSpan or Guid or BigInteger or Int128 or UInt128 => ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture),
            IFormattable number when value.GetType().IsPrimitive => number.ToString(null, CultureInfo.InvariantCulture),
            _ => null,
        };
        if (simple is not null)
        {
            _text.Append(simple);
        }
        else if (!value!.GetType().IsValueType && !_seen.TryAdd(value, _seen.Count))
        {
            _text.Append(CultureInfo.InvariantCulture, $"#{_seen[value]}");
        }
        else
        {
            WriteObject(value, value.GetType(), level);
        }
    }

    private void WriteObject(object value, Type type, int level)
    {
        switch (value)
        {
            case RecipePart part when DescribesItself(part):
                _text.Append(Short(part.Description));
                break;
            case Tensor tensor:
                WriteTensor(tensor);
                break;
            case nn.Module network:
                // It is not part of the network that is trained, so its weights are not in the checkpoint.
                WriteFields(network, type, level);
                WriteItems(network.state_dict(), isOrdered: true, level);
                break;
            case Delegate function:
                foreach (Delegate single in function.GetInvocationList())
                {
                    Write(single.Method, level + 1);
                    Write(single.Target, level + 1);
                }

                break;
            case Array array when type.GetElementType()!.IsPrimitive && array.LongLength > LongestArray:
                WriteNumbers(array, type.GetElementType()!);
                break;
            case Array array:
                WriteItems(array, isOrdered: true, level);
                break;
            case ValueType or ITuple or Random:
                WriteFields(value, type, level);
                break;
            case IEnumerable items when IsOfLibraries(type) && (value is ICollection || IsCollection(type)):
                // Dictionaries and sets are unordered.
                WriteItems(items, isOrdered: value is ICollection and not IDictionary, level);
                break;
            default:
                // The types inside Random hold its seed.
                if (IsOfLibraries(type) && type.DeclaringType != typeof(Random))
                {
                    _text.Append(NameOf(type));
                }
                else
                {
                    WriteFields(value, type, level);
                }

                break;
        }
    }

    private void WriteItems(IEnumerable items, bool isOrdered, int level)
    {
        var texts = new List<string>();
        foreach (object? item in items)
        {
            int start = _text.Length;
            Write(item, level + 1);
            texts.Add(_text.ToString(start, _text.Length - start));
            _text.Length = start;
            if (_values > MostValues)
            {
                break;
            }
        }

        if (!isOrdered)
        {
            texts.Sort(StringComparer.Ordinal);
        }

        _text.Append('[').AppendJoin(", ", texts).Append(']');
    }

    private void WriteNumbers(Array array, Type element)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        ref byte first = ref MemoryMarshal.GetArrayDataReference(array);
        long bytes = array.LongLength * RuntimeHelpers.SizeOf(element.TypeHandle);
        for (long at = 0; at < bytes; at += HashedAtOnce)
        {
            hash.AppendData(MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref first, (nint)at), (int)Math.Min(HashedAtOnce, bytes - at)));
        }

        string lengths = string.Join(", ", Enumerable.Range(0, array.Rank).Select(array.GetLength));
        _text.Append(CultureInfo.InvariantCulture, $"{element.Name}[{lengths}] {Hex(hash.GetHashAndReset())}");
    }

    private void WriteTensor(Tensor tensor)
    {
        if (tensor.IsInvalid || _weights.Contains(tensor.Handle))
        {
            _text.Append(tensor.IsInvalid ? "a disposed tensor" : "weights");
            return;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        TensorBytes.Read(tensor, bytes => hash.AppendData(bytes));
        _text.Append(Shape(tensor)).Append(' ').Append(Hex(hash.GetHashAndReset()));
    }
}
