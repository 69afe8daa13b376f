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
        if (column.Type is KeyDataViewType)
        {
            return OfKeys(cursor, column, parameter);
        }

        return column.Type.RawType switch
        {
            Type type when type == typeof(ReadOnlyMemory<char>) => Value<ReadOnlyMemory<char>, LabelValue>(cursor, column, LabelValue.Text),
            Type type when type == typeof(sbyte) => Value<sbyte, LabelValue>(cursor, column, LabelValue.Whole),
            Type type when type == typeof(byte) => Value<byte, LabelValue>(cursor, column, LabelValue.Whole),
            Type type when type == typeof(short) => Value<short, LabelValue>(cursor, column, LabelValue.Whole),
            Type type when type == typeof(ushort) => Value<ushort, LabelValue>(cursor, column, LabelValue.Whole),
            Type type when type == typeof(int) => Value<int, LabelValue>(cursor, column, LabelValue.Whole),
            Type type when type == typeof(uint) => Value<uint, LabelValue>(cursor, column, LabelValue.Whole),
            Type type when type == typeof(long) => Value<long, LabelValue>(cursor, column, LabelValue.Whole),
            Type type when type == typeof(ulong) => Value<ulong, LabelValue>(cursor, column, LabelValue.Whole),
            Type type when type == typeof(float) => Value<float, LabelValue>(cursor, column, number => Float(number)),
            Type type when type == typeof(double) => Value<double, LabelValue>(cursor, column, Float),
            _ => throw new ArgumentException(
                $"Column '{column.Name}' is of type {column.Type}, but labels are keys, text or numbers. "
                + "Name the column of labels, or map it with Conversion.MapValueToKey.",
                parameter),
        };

        LabelValue Float(double number) =>
            double.IsNaN(number) ? throw Missing(cursor, column, "a missing value (NaN)", parameter) : LabelValue.Float(number);
    }

    private static Func<LabelValue> OfKeys(DataViewRowCursor cursor, DataViewSchema.Column column, string parameter)
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
            0 => throw Missing(cursor, column, "a missing key (0)", parameter),
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

    private static ArgumentException Missing(DataViewRowCursor cursor, DataViewSchema.Column column, string what, string parameter) =>
        new($"Row {cursor.Position} has {what} in column '{column.Name}'. Leave out rows without a label.", parameter);

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
