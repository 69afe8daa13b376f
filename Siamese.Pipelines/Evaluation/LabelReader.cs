using System.Numerics;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Siamese.Pipelines.Evaluation;

/// <summary>Reads labels from a column of keys, text, integers or floats.</summary>
internal static class LabelReader
{
    // ML.NET has the name of the annotation only inside.
    private const string KeyValuesKind = "KeyValues";

    /// <summary>Makes what reads the label of the cursor's row.</summary>
    /// <param name="cursor">A cursor in which the column is active.</param>
    /// <param name="column">The column of labels.</param>
    /// <param name="parameter">The argument that named the column, for errors.</param>
    /// <returns>A function that throws an <see cref="ArgumentException"/> where the label is missing: a key of 0, or NaN.</returns>
    /// <exception cref="ArgumentException">The column, or what its keys stand for, is of another type.</exception>
    public static Func<LabelValue> Create(DataViewRowCursor cursor, DataViewSchema.Column column, string parameter)
    {
        Func<LabelValue?> label = CreateOptional(cursor, column, parameter);
        string missing = column.Type is KeyDataViewType ? "a missing key (0)" : "a missing value (NaN)";
        return () => label() ?? throw new ArgumentException(
            $"Row {cursor.Position} has {missing} in column '{column.Name}'. Leave out rows without a label.", parameter);
    }

    /// <summary>Makes what reads the label of the cursor's row, or null where it is missing: a key of 0, or NaN.</summary>
    /// <exception cref="ArgumentException">The column, or what its keys stand for, is of another type.</exception>
    public static Func<LabelValue?> CreateOptional(DataViewRowCursor cursor, DataViewSchema.Column column, string parameter)
    {
        if (column.Type is KeyDataViewType)
        {
            return OfKeys(cursor, column, parameter);
        }

        return column.Type.RawType switch
        {
            Type type when type == typeof(ReadOnlyMemory<char>) => Text(),
            Type type when type == typeof(sbyte) => Whole<sbyte>(),
            Type type when type == typeof(byte) => Whole<byte>(),
            Type type when type == typeof(short) => Whole<short>(),
            Type type when type == typeof(ushort) => Whole<ushort>(),
            Type type when type == typeof(int) => Whole<int>(),
            Type type when type == typeof(uint) => Whole<uint>(),
            Type type when type == typeof(long) => Whole<long>(),
            Type type when type == typeof(ulong) => Whole<ulong>(),
            Type type when type == typeof(float) => Float<float>(),
            Type type when type == typeof(double) => Float<double>(),
            _ => throw new ArgumentException(
                $"Column '{column.Name}' is of type {column.Type}, but labels are keys, text or numbers. "
                + "Name the column of labels, or map it with Conversion.MapValueToKey.",
                parameter),
        };

        Func<LabelValue?> Text() => Value<ReadOnlyMemory<char>, LabelValue?>(cursor, column, text => LabelValue.Text(text));

        Func<LabelValue?> Whole<T>()
            where T : IBinaryInteger<T> => Value<T, LabelValue?>(cursor, column, number => LabelValue.Whole(number));

        Func<LabelValue?> Float<T>()
            where T : IBinaryFloatingPointIeee754<T> =>
            Value<T, LabelValue?>(cursor, column, number => T.IsNaN(number) ? null : LabelValue.Float(number));
    }

    private static Func<LabelValue?> OfKeys(DataViewRowCursor cursor, DataViewSchema.Column column, string parameter)
    {
        LabelValue[]? values = KeyValues(column, parameter);
        Func<ulong> key = column.Type.RawType switch
        {
            Type type when type == typeof(byte) => Value<byte, ulong>(cursor, column, number => number),
            Type type when type == typeof(ushort) => Value<ushort, ulong>(cursor, column, number => number),
            Type type when type == typeof(uint) => Value<uint, ulong>(cursor, column, number => number),
            _ => Value<ulong, ulong>(cursor, column, number => number),
        };
        return () => key() switch
        {
            0 => null,
            ulong number when values is null => LabelValue.Whole(number),
            ulong number => values[number - 1],
        };
    }

    private static Func<TResult> Value<T, TResult>(DataViewRowCursor cursor, DataViewSchema.Column column, Func<T, TResult> convert)
    {
        ValueGetter<T> getter = cursor.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            getter(ref value);
            return convert(value);
        };
    }

    /// <summary>Reads what the keys stand for: null where they stand for themselves.</summary>
    private static LabelValue[]? KeyValues(DataViewSchema.Column column, string parameter)
    {
        if (column.Annotations.Schema.GetColumnOrNull(KeyValuesKind) is not { } annotation)
        {
            return null;
        }

        return Read<ReadOnlyMemory<char>>(TextDataViewType.Instance, LabelValue.Text)
            ?? Read<sbyte>(NumberDataViewType.SByte, LabelValue.Whole)
            ?? Read<byte>(NumberDataViewType.Byte, LabelValue.Whole)
            ?? Read<short>(NumberDataViewType.Int16, LabelValue.Whole)
            ?? Read<ushort>(NumberDataViewType.UInt16, LabelValue.Whole)
            ?? Read<int>(NumberDataViewType.Int32, LabelValue.Whole)
            ?? Read<uint>(NumberDataViewType.UInt32, LabelValue.Whole)
            ?? Read<long>(NumberDataViewType.Int64, LabelValue.Whole)
            ?? Read<ulong>(NumberDataViewType.UInt64, LabelValue.Whole)
            ?? Read<float>(NumberDataViewType.Single, LabelValue.Float)
            ?? Read<double>(NumberDataViewType.Double, LabelValue.Float)
            ?? throw new ArgumentException(
                $"The keys of column '{column.Name}' stand for values of type {annotation.Type}, but labels are text or numbers. "
                + "Map the values to text before they are mapped to keys.",
                parameter);

        LabelValue[]? Read<T>(PrimitiveDataViewType type, Func<T, LabelValue> convert)
        {
            if (!column.HasKeyValues(type))
            {
                return null;
            }

            VBuffer<T> values = default;
            column.GetKeyValues(ref values);
            return [.. values.DenseValues().Select(convert)];
        }
    }
}
