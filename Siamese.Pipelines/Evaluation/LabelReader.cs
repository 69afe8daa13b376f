using System.Numerics;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Siamese.Pipelines.Evaluation;

/// <summary>Reads labels from a column of keys, text, Booleans, integers, floats or dates.</summary>
internal static class LabelReader
{
    // ML.NET has the name of the annotation only inside.
    private const string KeyValuesKind = "KeyValues";

    /// <summary>Makes what reads the label of the cursor's row.</summary>
    /// <param name="cursor">A cursor in which the column is active.</param>
    /// <param name="column">The column of labels.</param>
    /// <param name="parameter">The argument that named the column, for errors.</param>
    /// <param name="source">The column that the keys were made of, active in the cursor, which is read where a key is missing; or null.</param>
    /// <returns>A function that throws an <see cref="ArgumentException"/> where the label is missing: a key of 0, an empty text, or NaN.</returns>
    /// <exception cref="ArgumentException">The column, or what its keys stand for, is of another type.</exception>
    public static Func<LabelValue> Create(DataViewRowCursor cursor, DataViewSchema.Column column, string parameter, DataViewSchema.Column? source = null)
    {
        Func<LabelValue?> label = CreateOptional(cursor, column, parameter);
        Func<LabelValue?>? made = source is { } hidden ? CreateOptional(cursor, hidden, parameter) : null;
        (string missing, string remedy) = column.Type is KeyDataViewType
            ? ("a missing key (0)", " MapValueToKey gives this key to labels that it was not fitted on: where the row has such a label, keep the labels "
                + $"in a column of another name than the keys, and name that one with {parameter}.")
            : (column.Type is TextDataViewType ? "an empty text" : "a missing value (NaN)", string.Empty);
        return () => label() ?? made?.Invoke() ?? throw new ArgumentException(
            $"Row {cursor.Position} has {missing} in column '{column.Name}'. Leave out rows without a label.{remedy}", parameter);
    }

    /// <summary>
    /// Finds the column that a column of keys was made of: the one that it hides, of its name and of the type of what the keys stand for.
    /// </summary>
    /// <remarks>
    /// A chain that begins with <c>MapValueToKey("Label")</c> gives the missing key to the labels of classes that training had not, but its
    /// views still hold the labels themselves.
    /// </remarks>
    /// <returns>The column, or null where there is none.</returns>
    public static DataViewSchema.Column? SourceOf(DataViewSchema schema, DataViewSchema.Column column) =>
        column.Type is KeyDataViewType && column.Annotations.Schema.GetColumnOrNull(KeyValuesKind) is { Type: VectorDataViewType values }
            ? schema.Where(other => other.Name == column.Name && other.IsHidden && other.Type == values.ItemType)
                .Select(other => (DataViewSchema.Column?)other)
                .LastOrDefault()
            : null;

    /// <summary>Makes what reads the label of the cursor's row, or null where it is missing: a key of 0, an empty text, or NaN.</summary>
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
            Type type when type == typeof(bool) => Value<bool, LabelValue?>(cursor, column, flag => LabelValue.Flag(flag)),
            Type type when type == typeof(DateTime) => Value<DateTime, LabelValue?>(cursor, column, date => LabelValue.Other(date)),
            Type type when type == typeof(DateTimeOffset) => Value<DateTimeOffset, LabelValue?>(cursor, column, date => LabelValue.Other(date)),
            _ => throw new ArgumentException(
                $"Column '{column.Name}' is of type {column.Type}, but labels are keys, text, Booleans, numbers or dates. "
                + "Name the column of labels, or map it with Conversion.MapValueToKey.",
                parameter),
        };

        Func<LabelValue?> Text() => Value<ReadOnlyMemory<char>, LabelValue?>(cursor, column, text => text.IsEmpty ? null : LabelValue.Text(text));

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
            ulong number => values[number - 1] is { IsEmptyText: false } value ? value : null,
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
            ?? Read<bool>(BooleanDataViewType.Instance, LabelValue.Flag)
            ?? Read<DateTime>(DateTimeDataViewType.Instance, LabelValue.Other)
            ?? Read<DateTimeOffset>(DateTimeOffsetDataViewType.Instance, LabelValue.Other)
            ?? throw new ArgumentException(
                $"The keys of column '{column.Name}' stand for values of type {annotation.Type}, but labels are text, Booleans, numbers or dates. "
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
